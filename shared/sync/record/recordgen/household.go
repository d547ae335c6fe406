// SPDX-License-Identifier: Apache-2.0

package recordgen

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Household makes record number n of workload W (SYNC.md section 4): 30
// fields, 13 Chinese texts, 12 numbers, 4 yes/no and 1 date, about 1 KB as
// JSON. The same seed and n give the same record. Everything is invented.
func Household(seed uint64, n int) map[record.Field]record.Value {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	person := func() string { return pick(surnames) + pick(given) + pick(given) }
	group := 1 + r.IntN(12)
	f := map[record.Field]record.Value{
		"name":                record.OfText(person()),
		"spouse_name":         record.OfText(person()),
		"address":             record.OfText(fmt.Sprintf("%s第%d村民小组%d号", pick(villages), group, 1+r.IntN(180))),
		"village":             record.OfText(pick(villages)),
		"education":           record.OfText(pick(educations)),
		"occupation":          record.OfText(pick(occupations)),
		"main_crop":           record.OfText(pick(crops)),
		"second_crop":         record.OfText(pick(crops)),
		"livestock":           record.OfText(pick(livestock)),
		"house":               record.OfText(pick(houses)),
		"purpose":             record.OfText(pick(purposes)),
		"evaluation":          record.OfText(pick(evaluations)),
		"remark":              record.OfText(fmt.Sprintf("%s；%s，计划%s，预计%d个月内完成。", pick(evaluations), pick(evaluations), pick(purposes), 2+r.IntN(22))),
		"created_on":          record.OfText(fmt.Sprintf("2026-%02d-%02d", 1+r.IntN(9), 1+r.IntN(28))),
		"is_party_member":     record.OfBool(r.IntN(10) == 0),
		"has_private_vehicle": record.OfBool(r.IntN(3) == 0),
		"has_existing_loan":   record.OfBool(r.IntN(4) == 0),
		"consents_to_enquiry": record.OfBool(r.IntN(20) != 0),
	}
	for _, number := range numbers {
		f[number.name] = record.OfInt(number.from + number.step*r.Int64N(number.count))
	}
	return f
}

// numbers are the 12 numbers: money in fen, areas in hundredths of mu.
var numbers = []struct {
	name              record.Field
	from, step, count int64
}{
	{"household_size", 1, 1, 8}, {"working_members", 0, 1, 6}, {"age", 22, 1, 60}, {"group", 1, 1, 12},
	{"contracted_area", 50, 10, 300}, {"rented_area", 0, 10, 200}, {"annual_income", 1000000, 10000, 2000}, {"annual_spending", 500000, 10000, 1500},
	{"deposits", 0, 100000, 400}, {"outstanding_debt", 0, 100000, 200}, {"house_value", 5000000, 1000000, 60}, {"score", 300, 1, 550},
}

// HouseholdSets makes count change sets of one lane, each the creation of a
// household a few minutes after the one before, as an officer on a visit.
func HouseholdSets(seed uint64, lane record.Lane, count int) []record.ChangeSet {
	r := rand.New(rand.NewPCG(seed, 0))
	wall, mono := int64(1_780_000_000_000), int64(90_000)
	actor, login, boot := v7(r, wall), v7(r, wall), v7(r, wall)
	sets := make([]record.ChangeSet, count)
	for i := range sets {
		step := 60_000 + r.Int64N(240_000)
		wall, mono = wall+step, mono+step
		id := v7(r, wall)
		sets[i] = record.ChangeSet{
			Link:      record.Link{Lane: lane, Number: uint64(i) + 1},
			Actor:     ident.Actor(actor),
			Login:     ident.Login(login),
			Catalogue: 1,
			Reading:   hlc.Reading{WallMS: wall, BootID: boot, MonoMS: mono},
			Floor:     hlc.New(1_779_999_000_000, 3),
			Act: record.Act{
				Name: "household.register", Scope: lane.Scope, Source: record.Officer,
				Base: record.Base{Version: record.At(1, 17), Number: uint64(i)},
				Writes: []record.Write{{
					Op:     record.Create,
					Header: record.Header{ID: ident.Record(id), Kind: "household", Scope: lane.Scope, Subject: ident.Subject(v7(r, wall))},
					Fields: Household(seed, i),
				}},
			},
		}
	}
	return sets
}

// EditSets makes one-field edits of the records that sets create, going on
// in the same lane.
func EditSets(seed uint64, sets []record.ChangeSet) []record.ChangeSet {
	r := rand.New(rand.NewPCG(seed, 1))
	last := sets[len(sets)-1]
	edits := make([]record.ChangeSet, len(sets))
	for i := range edits {
		e := last
		e.Link.Number += uint64(i) + 1
		e.Name = "household.edit"
		e.Reading.WallMS += int64(i+1)*30_000 + r.Int64N(20_000)
		e.Reading.MonoMS = e.Reading.WallMS - last.Reading.WallMS + last.Reading.MonoMS
		e.Base = record.Base{Version: record.At(1, 500), Number: last.Link.Number}
		e.Writes = []record.Write{{
			Op:     record.Edit,
			Header: sets[i].Writes[0].Header,
			Fields: map[record.Field]record.Value{"annual_income": record.OfInt(1000000 + 10000*r.Int64N(2000))},
		}}
		edits[i] = e
	}
	return edits
}

func v7(r *rand.Rand, ms int64) ident.ID {
	id, err := ident.NewV7(ms, randomBytes{r})
	if err != nil {
		panic(err) // randomBytes never fails and ms is in range
	}
	return id
}

// randomBytes reads from a generator with a known seed.
type randomBytes struct{ r *rand.Rand }

func (b randomBytes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b.r.Uint32())
	}
	return len(p), nil
}

var (
	surnames    = strings.Split("陈李张黄何林梁刘罗吴谢冯邓曾彭杨郑周苏叶", "")
	given       = strings.Split("秀英国强伟芳丽军敏静志明建华桂兰玉珍金凤海燕永康少芬锦荣树根美玲日新文辉水生火旺木兴", "")
	villages    = []string{"四会市大沙镇富溪村", "四会市大沙镇安二村", "四会市大沙镇岗美村", "四会市大沙镇陈皮村", "四会市大沙镇隔塘村", "四会市大沙镇马房村"}
	educations  = []string{"小学", "初中", "高中", "中专", "大专及以上"}
	occupations = []string{"种植户", "养殖户", "个体经营", "外出务工", "村干部", "运输户"}
	crops       = []string{"水稻", "砂糖桔", "贡柑", "蔬菜", "花卉苗木", "玉米", "花生", "沙糖桔与水稻轮作"}
	livestock   = []string{"无", "生猪", "肉鸡", "草鱼", "肉鸽", "蛋鸭"}
	houses      = []string{"两层砖混结构自建房", "三层砖混结构自建房", "平房", "镇上商品房"}
	purposes    = []string{"购买化肥农药种子等生产资料", "扩建鱼塘并更换增氧设备", "翻修果园灌溉管道", "购置小型收割机", "扩大肉鸽养殖规模", "周转砂糖桔收购资金"}
	evaluations = []string{"为人诚实守信，邻里关系融洽", "勤劳肯干，家庭收入稳定", "经营多年，熟悉种植技术", "曾有逾期记录，现已结清", "积极参与村集体事务", "家庭负担较重，需进一步核实"}
)
