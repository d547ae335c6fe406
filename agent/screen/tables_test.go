// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"testing"

	"yuexin/shared/credit/subject"
)

// TestImportAndUndo walks through an import: the columns, the dry run, writing, and taking it back.
func TestImportAndUndo(t *testing.T) {
	l := unlocked(t, nil)
	l.menu("富溪村")
	l.menu("表格导入导出")
	l.wantShown("还没有导入过。")
	const list = "户主姓名,组,门牌号,家庭人口,村医\n周小梅,第二组,7号,3,是\n何木根,第二组,9号,四个,否\n"
	l.app.ImportTable(subject.KindHousehold, "富溪村.csv", []byte(list))
	l.wantShown("导入 富溪村.csv", "共 5 列，导入 4 列", "周小梅、何木根")
	l.Tap("检查")
	l.wantShown("有问题，不导入  1", "这里要填数字", "新的，可以导入  1")
	l.Tap("写入 1 行")
	l.wantShown("写入这些行？")
	l.Tap("写入")
	l.wantShown("已新建  1")
	l.Tap("完成")
	l.wantShown("富溪村.csv", "已完成", "写了 1 行")
	l.Tap("撤回这次导入")
	l.wantShown("撤回这次导入？", "可以全部撤回")
	l.Tap("撤回")
	l.wantShown("已撤回")
	l.Tap("返回")
	l.wantLine("周小梅", false)
}
