// SPDX-License-Identifier: Apache-2.0

// Package screen draws a kiosk: one function per screen of package flow, out of the pieces of uikit. It remembers nothing;
// what a screen shows is asked of the flow each time.
//
// Every screen has the same frame: the name of the machine and a trouble above, the question and its answer in the middle,
// the main button at the foot, and below it 返回, 关怀版 and 退出 at the same places. One task per screen; nothing needs to
// be tapped twice, and a second tap right after a screen has changed does nothing, because shaking hands do that.
package screen
