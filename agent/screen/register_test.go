// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"regexp"
	"strings"
	"testing"

	"yuexin/shared/credit/receipt"
)

// TestRegisterDemand: on a visit, without a network, the household gets a receipt number at once.
func TestRegisterDemand(t *testing.T) {
	l := unlocked(t, nil)
	l.search("cxy")
	l.line(0)
	l.Tap("登记贷款需求")
	l.wantShown("登记贷款需求 · 陈秀英", "提供给示例农村商业银行")
	l.Tap("保存")
	l.wantShown("这一项必须填写")
	l.into("想贷多少钱", "5")
	l.wantShown("填得太小，最小是 1,000元")
	l.into("想贷多少钱", "万")
	l.choose("主要用来做什么", "种植")
	l.into("想借多少个月", "12")
	l.choose("我已看过授权书，同意把以上内容提供给银行", "是")
	l.wantShown("可以保存")
	l.Tap("保存")
	l.wantShown("贷款需求登记好了", "回执编号", "请村民抄下或拍下这个编号")
	number := regexp.MustCompile(`\d{4} \d{4} \d{4}`).FindString(strings.Join(l.Written(), "\n"))
	if _, err := receipt.Parse(number); err != nil {
		t.Errorf("the receipt number is %q: %v", number, err)
	}
	l.Tap("已告诉村民")
	l.wantShown("陈秀英  "+number, "5万元")
	l.Tap("返回")
	l.Tap("贷款需求 6")
	l.search(strings.ReplaceAll(number, " ", ""))
	l.wantLine("陈秀英", true)
	l.wantLine("李志强", false)
}

func TestRegisterMerchant(t *testing.T) {
	l := unlocked(t, nil)
	l.Tap("商户 1")
	l.Tap("登记商户")
	l.Tap("富溪村")
	l.wantShown("商户登记 · 富溪村", "还有 5 处要填写或改正")
	l.into("商户名称", "大沙水产店")
	l.choose("行业", "水产")
	l.into("统一社会信用代码", "9144")
	l.Tap("保存")
	l.wantShown("应为 18 位")
	l.into("统一社会信用代码", "\b")
	l.into("经营地址", "大沙市场路 8 号")
	l.into("经营者姓名", "周小梅")
	l.into("联系电话", "13800138099")
	l.choose("我已看过授权书，同意建立商户信用档案", "是")
	l.Tap("保存")
	l.wantShown("已登记：大沙水产店", "13800138099")
	l.Tap("返回")
	l.wantLine("大沙水产店", true)
	l.wantLine("富溪农资店", true)
}

func TestEditMerchant(t *testing.T) {
	l := unlocked(t, nil)
	l.Tap("商户 1")
	l.line(0)
	l.wantShown("富溪农资店", "大沙市场", "登记贷款需求")
	l.Tap("修改资料")
	l.into("档口", "\bB14")
	l.Tap("保存")
	l.wantShown("已保存：富溪农资店", "B14", "B12", "以前")
}
