// SPDX-License-Identifier: Apache-2.0

package parcel

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Free returns how many bytes a user may still write to a folder's file system.
func Free(folder string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: folder, Err: err}
	}
	return int64(st.Bavail) * st.Bsize, nil //nolint:unconvert // its type differs between processors
}

// forget drops what the machine remembers of a file, so that it is read from the device.
func forget(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // a device that does not know it is read all the same
}

// removable returns where removable drives are mounted.
func removable() []string {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	return mounted(string(table), func(device string) bool {
		data, err := os.ReadFile(filepath.Join("/sys/dev/block", device, "removable"))
		if err != nil { // of a partition its disk knows
			data, err = os.ReadFile(filepath.Join("/sys/dev/block", device, "..", "removable"))
		}
		return err == nil && strings.TrimSpace(string(data)) == "1"
	})
}

// places are where desktops mount what people plug in.
var places = []string{"/media/", "/run/media/"}

// mounted returns the mount points of a table like mountinfo (proc(5)) that lie where people's drives do, or whose device is
// removable.
func mounted(table string, isRemovable func(device string) bool) []string {
	var out []string
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 6 {
			continue
		}
		path := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(fields[4])
		own := slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(path, p) })
		if (own || !strings.HasPrefix(fields[2], "0:") && isRemovable(fields[2])) && !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

func nameOf(path string) string { return filepath.Base(path) }
