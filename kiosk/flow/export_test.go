// SPDX-License-Identifier: Apache-2.0

package flow

// FormVersion returns the version of the form that is open.
func (f *Flow) FormVersion() uint32 { return f.visit.session.Form().Version }
