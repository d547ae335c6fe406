// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"yuexin/shared/credit/subject"
	"yuexin/shared/parcel"
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

// TestImportSealed asks for the secret of an encrypted table, refuses a wrong one and opens it with the right one.
func TestImportSealed(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	err = parcel.Pack(&sealed, parcel.To{Key: id.Recipient().String()}, func(w io.Writer) error {
		_, err := io.WriteString(w, "户主姓名,组,家庭人口\n周小梅,第二组,3\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	l := unlocked(t, nil)
	l.menu("富溪村")
	l.app.ImportTable(subject.KindHousehold, "富溪村.csv.age", sealed.Bytes())
	l.wantShown("这个文件加了密。")
	const label = "口令，或以 AGE-SECRET-KEY-1 开头的密钥"
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	l.into(label, other.String())
	l.Tap("打开")
	l.wantShown("口令或密钥不对，打不开。")
	l.into(label, "\b"+id.String())
	l.Tap("打开")
	l.wantShown("导入 富溪村.csv", "共 3 列，导入 3 列")
}

// TestExportRefused: what is missing is said beside its field, and nothing is written before.
func TestExportRefused(t *testing.T) {
	l := unlocked(t, nil)
	dir := t.TempDir()
	l.app.Drives = func() []parcel.Drive { return []parcel.Drive{{Path: dir, Name: "U盘", Free: 1 << 30}} }
	l.menu("富溪村")
	l.menu("表格导入导出")
	l.Tap("导出农户")
	l.wantShown("U盘（还剩 1024 MB）")
	l.Tap("导出")
	l.wantShown("请写明导出的用途。")
	l.into("用途", "镇里核对名单")
	l.Tap("导出")
	l.wantShown("口令太短，至少要 12 个字。")
	l.Tap("用收件人的公钥")
	l.into("收件人的公钥", "age1wrong")
	l.Tap("导出")
	l.wantShown("收件人的公钥不对。")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Fatalf("%d files, %v", len(left), err)
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	l.into("收件人的公钥", "\b"+id.Recipient().String())
	l.Tap("导出")
	l.wantShown("已写好并核对：富溪村-农户-20261122-0930.xlsx.age，7 行")
	data, err := os.ReadFile(filepath.Join(dir, "富溪村-农户-20261122-0930.xlsx.age"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := parcel.Open(data, id.String()); err != nil || !bytes.HasPrefix(plain, []byte("PK")) {
		t.Errorf("what was written cannot be opened: %v", err)
	}
}
