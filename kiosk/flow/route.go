// SPDX-License-Identifier: Apache-2.0

package flow

// Route names a screen.
type Route string

// The screens.
const (
	Start      Route = "start"      // what would you like to do
	Where      Route = "where"      // how to say where you live
	Code       Route = "code"       // the short code of a plate
	Village    Route = "village"    // choose the village
	Group      Route = "group"      // choose the group
	House      Route = "house"      // choose the house number
	Place      Route = "place"      // is it here
	Plate      Route = "plate"      // why a plate does not count
	Question   Route = "question"   // one question of a form
	Review     Route = "review"     // all answers, before they are handed in
	Leaving    Route = "leaving"    // what shall become of what was typed
	Done       Route = "done"       // the receipt
	Ask        Route = "ask"        // the receipt number
	Stand      Route = "stand"      // the word for where a demand stands
	Proof      Route = "proof"      // the lookup code of the receipt
	Slip       Route = "slip"       // the slip code
	Kept       Route = "kept"       // the slip code of what was put aside
	Points     Route = "points"     // what earns civic points, and what the village was given
	PutUp      Route = "putup"      // the public notices of points
	Doubt      Route = "doubt"      // why somebody objects to an entry
	Limits     Route = "limits"     // the public notices of whole-village credit
	LimitDoubt Route = "limitdoubt" // why somebody objects to a household on one
	Award      Route = "award"      // points for a household, for staff
	PointDesk  Route = "pointdesk"  // what there is to do about points, for staff
	Notices    Route = "notices"    // what the village is told
	Notice     Route = "notice"     // one notice, whole
	Products   Route = "products"   // the loans that are offered
	Compare    Route = "compare"    // one of them beside a typical online loan
	Staff      Route = "staff"      // what troubles the machine, for staff
	Cadre      Route = "cadre"      // the passphrase of somebody of the staff
	Office     Route = "office"     // what they can do
	RollCall   Route = "roll"       // a list of the village, for staff
	Returned   Route = "returned"   // what the server refused, for staff
	Reprint    Route = "reprint"    // the number of a receipt to print again, for staff
	Devices    Route = "devices"    // the devices of the machine, for whoever installs it
	Settle     Route = "settle"     // why staff settle what the server refused
	Sound      Route = "sound"      // the voice: read, louder, another tongue
	Mine       Route = "mine"       // show your file card
	MineCode   Route = "minecode"   // the code of the file card
	PIN        Route = "pin"        // the PIN of the file card
	File       Route = "file"       // what is recorded about the card's household
	Object     Route = "object"     // what is wrong with a recorded value
	Right      Route = "right"      // what is right
	Wallet     Route = "wallet"     // whom the card\'s household gave what, and who looked
	TakeBack   Route = "takeback"   // a consent that is taken back
	Idle       Route = "idle"       // are you still there
)

// Screen is what the way through the kiosk depends on.
type Screen struct {
	Title string // text key
	Back  bool   // there is a way back
	Scan  bool   // a plate may be scanned here
	Keep  bool   // a form is open here: it can be put aside
	Staff bool   // shown only while somebody of the staff is in
}

// screens is the table of all screens.
var screens = map[Route]Screen{
	Start:      {Title: "kiosk.start.title", Scan: true},
	Where:      {Title: "kiosk.where.title", Back: true, Scan: true},
	Code:       {Title: "kiosk.code.title", Back: true, Scan: true},
	Village:    {Title: "kiosk.village.title", Back: true, Scan: true},
	Group:      {Title: "kiosk.group.title", Back: true, Scan: true},
	House:      {Title: "kiosk.house.title", Back: true, Scan: true},
	Place:      {Title: "kiosk.place.title", Back: true, Scan: true},
	Plate:      {Title: "kiosk.plate.title", Back: true, Scan: true},
	Question:   {Title: "kiosk.question.title", Back: true, Keep: true},
	Review:     {Title: "kiosk.review.title", Back: true, Keep: true},
	Leaving:    {Title: "kiosk.leaving.title"},
	Done:       {Title: "kiosk.done.title"},
	Ask:        {Title: "kiosk.ask.title", Back: true},
	Stand:      {Title: "kiosk.stand.title", Back: true},
	Proof:      {Title: "kiosk.proof.title", Back: true},
	Slip:       {Title: "kiosk.slip.title", Back: true},
	Kept:       {Title: "kiosk.kept.title"},
	Points:     {Title: "kiosk.points.title", Back: true},
	PutUp:      {Title: "kiosk.putup.title", Back: true},
	Doubt:      {Title: "kiosk.doubt.title", Back: true},
	Limits:     {Title: "kiosk.limits.title", Back: true},
	LimitDoubt: {Title: "kiosk.limitdoubt.title", Back: true},
	Award:      {Title: "kiosk.award.title", Back: true, Staff: true},
	PointDesk:  {Title: "kiosk.pointdesk.title", Back: true, Staff: true},
	Notices:    {Title: "kiosk.notices.title", Back: true},
	Notice:     {Title: "kiosk.notices.title", Back: true},
	Products:   {Title: "kiosk.products.title", Back: true},
	Compare:    {Title: "kiosk.compare.title", Back: true},
	Staff:      {Title: "kiosk.staff.title", Back: true},
	Cadre:      {Title: "kiosk.cadre.title", Back: true},
	Office:     {Title: "kiosk.office.title", Staff: true},
	RollCall:   {Title: "kiosk.roll.title", Back: true, Staff: true},
	Returned:   {Title: "kiosk.returned.title", Back: true, Staff: true},
	Reprint:    {Title: "kiosk.reprint.title", Back: true, Staff: true},
	Devices:    {Title: "kiosk.devices.title", Back: true},
	Settle:     {Title: "kiosk.settle.title", Back: true, Staff: true},
	Sound:      {Title: "kiosk.sound.title", Back: true},
	Mine:       {Title: "kiosk.mine.title", Back: true, Scan: true},
	MineCode:   {Title: "kiosk.minecode.title", Back: true, Scan: true},
	PIN:        {Title: "kiosk.pin.title", Back: true},
	File:       {Title: "kiosk.file.title", Back: true},
	Object:     {Title: "kiosk.object.title", Back: true},
	Right:      {Title: "kiosk.right.title", Back: true},
	Wallet:     {Title: "kiosk.wallet.title", Back: true},
	TakeBack:   {Title: "kiosk.takeback.title", Back: true},
	Idle:       {Title: "kiosk.idle.title"},
}

// Screens returns the table of all screens.
func Screens() map[Route]Screen {
	out := make(map[Route]Screen, len(screens))
	for route, s := range screens {
		out[route] = s
	}
	return out
}

// Task is what a person came for.
type Task string

// The tasks; those with a form have its name.
const (
	Nothing   Task = ""
	Demand    Task = "demand"
	Household Task = "household"
	Merchant  Task = "merchant"
	Objection Task = "objection" // to what is in one's own file; it has no form

	Withdrawal Task = "withdrawal" // of a consent; it has no form
)
