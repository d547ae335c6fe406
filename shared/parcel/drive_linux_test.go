// SPDX-License-Identifier: Apache-2.0

package parcel

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMounted(t *testing.T) {
	const table = `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 8:17 / /media/chen/U\040盘 rw,nosuid - vfat /dev/sdb1 rw
31 22 8:33 / /mnt/stick rw - vfat /dev/sdc1 rw
32 22 8:34 / /mnt/disk rw - ext4 /dev/sda2 rw
33 22 0:40 / /proc rw - proc proc rw
short line
`
	got := mounted(table, func(device string) bool { return device == "8:33" })
	if diff := cmp.Diff([]string{"/media/chen/U 盘", "/mnt/stick"}, got); diff != "" {
		t.Error(diff)
	}
	for _, d := range Drives() {
		if d.Path == "" || strings.Contains(d.Name, "/") {
			t.Errorf("drive %+v", d)
		}
	}
}
