// SPDX-License-Identifier: Apache-2.0

package parcel

// Drive is something removable that can be written to.
type Drive struct {
	Path string // where its files are
	Name string // as people know it: the last part of the path, or the letter
	Free int64  // bytes
}

// Drives returns the removable drives that are plugged in, by path; none where the system cannot tell.
func Drives() []Drive {
	var out []Drive
	for _, path := range removable() {
		free, err := Free(path)
		if err == nil {
			out = append(out, Drive{Path: path, Name: nameOf(path), Free: free})
		}
	}
	return out
}
