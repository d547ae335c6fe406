// SPDX-License-Identifier: Apache-2.0

package region_test

import (
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/region"
)

func TestFind(t *testing.T) {
	tree := mustTree(t)
	sihui := func(c region.Code) bool { return tree.Contains("441284", c) }
	tests := []struct {
		name  string
		text  string
		known func(region.Code) bool
		want  region.Code
		kind  fault.Kind
	}{
		{"a code", "441284105203", nil, "441284105203", fault.OK},
		{"a name among known places", "富溪村", sihui, "441284105203", fault.OK},
		{"a town", "四会市大沙镇", nil, "441284105", fault.OK},
		{"the end of a path", "大沙镇 富溪村", nil, "441284105203", fault.OK},
		{"the whole path", "广东省肇庆市四会市大沙镇富溪村", nil, "441284105203", fault.OK},
		{"a name that many places have", "新村", nil, "", fault.Conflict},
		{"a name of no place", "乌有村", nil, "", fault.NotFound},
		{"a place that is not known here", "三甫社区", sihui, "", fault.NotFound},
		{"nothing", " ", nil, "", fault.NotFound},
		{"a code of no place", "449999", nil, "", fault.NotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tree.Find(tt.text, tt.known)
			if got.Code != tt.want || (err == nil) != (tt.kind == fault.OK) || (err != nil && !fault.Is(err, tt.kind)) {
				t.Errorf("got %s, %v", got.Code, err)
			}
		})
	}
}
