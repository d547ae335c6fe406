// SPDX-License-Identifier: Apache-2.0

package sheetpdf

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/plain"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/pdfpage"
)

// Letter is an order for the sheet on which one consent stands: 授权书.
type Letter struct {
	Policy  *consent.Policy
	Consent consent.Consent // of a Blank one: purpose and recipient
	Given   consent.Given   // all that its giver gave and took back
	Blank   bool            // to be signed by hand: name, day and helper are left open
	// Recipient is the name of whom it is given to.
	Recipient string
	// Signature is what was signed on a screen, PNG or JPEG; nil where it stands on paper, or is not here.
	Signature []byte
	Print     *i18n.Printer
	Now       time.Time // also the document's date
	Sample    bool
	Stamp     string // as in Order
}

// The type of a letter, in mm.
var (
	letterTitle = pdfpage.Style{Size: 7, Least: 4, Weight: 0.02, Colour: pdfpage.Ink}
	letterLine  = pdfpage.Style{Size: 4.2, Colour: pdfpage.Ink}
	letterWords = pdfpage.Style{Size: 4.6, Weight: 0.012, Colour: pdfpage.Ink}
	letterSmall = pdfpage.Style{Size: 3.2, Colour: pdfpage.Grey}
)

// The page of a letter, in mm.
const (
	letterLeft = 24.0
	letterTop  = 30.0
	letterGap  = 4.0
)

// Write draws the letter: one page of A4, by the edition of the template that was in use on the day of the consent, with the
// wording that was agreed to. Faults: Invalid "consent.wording" if there is no such wording or template, and those of w.
func (o Letter) Write(w io.Writer) (Result, error) {
	at, zone := o.Now, o.Now.Location()
	if !o.Blank {
		at = time.UnixMilli(o.Consent.At).In(zone)
	}
	template, there := o.Policy.Letter(at)
	wording, known := o.Policy.Wording(o.Consent.Purpose, o.Consent.Edition)
	if o.Blank {
		wording, known = o.Policy.Current(o.Consent.Purpose, at)
	}
	if !there || !known {
		return Result{}, fault.New(fault.Invalid, "consent.wording")
	}
	text := template.In(o.Print.Lang())
	title := text.Title
	if wording.Sensitive {
		title = text.Separate
	}
	d := &document{Page: pdfpage.New(title, "A4", o.Now), o: Order{Stamp: o.Stamp, Print: o.Print}, left: letterLeft, width: pageWidth - 2*letterLeft}
	d.PDF.AddPage()
	y := letterTop
	d.Text(pageWidth/2, y, d.printable(title), letterTitle, d.width, 0.5)
	if o.Sample {
		d.SampleBadge(pageWidth-letterLeft/2, 12, 7)
	}
	y += 14
	write := func(s string, st pdfpage.Style) {
		for _, line := range d.lines(s, st, d.width) {
			d.Text(d.left, y, line, st, 0, 0)
			y += st.Size * 1.6
		}
	}
	blank := ""
	if o.Blank {
		blank = text.Blank
	}
	for _, line := range o.places(wording, template, zone).Fill(text.Lines, blank) {
		write(line, letterLine)
	}
	y += letterGap
	d.Stroke(pdfpage.Rule, 0.3)
	d.PDF.Line(d.left, y-letterGap/2, d.left+d.width, y-letterGap/2)
	y += letterGap
	write(wording.In(o.Print.Lang(), o.Recipient), letterWords)
	y += letterGap
	for _, line := range text.Rights {
		write(line, letterLine)
	}
	d.signed(text, o.Signature, y+2*letterGap)
	d.Text(d.left, pageHeight-12, d.printable(o.Print.T("consent.letter.foot", "letter", strconv.Itoa(int(template.Edition)), "date", o.Print.DateTime(o.Now))), letterSmall, d.width, 0)
	d.stamp()
	if err := d.PDF.Output(w); err != nil {
		return Result{}, fmt.Errorf("write a letter of consent: %w", err)
	}
	return Result{Pages: 1, Lacking: d.lacking}, nil
}

// places says what stands in the places of the lines.
func (o Letter) places(wording consent.Wording, template consent.Letter, zone *time.Location) consent.Places {
	p := o.Print
	words := plain.Words{Print: p, Zone: zone}
	out := consent.Places{
		"recipient": o.Recipient, "purpose": p.T("choice.consent_purpose." + wording.Purpose), "groups": words.Groups(wording.Groups),
		"wording": strconv.Itoa(int(wording.Edition)), "letter": strconv.Itoa(int(template.Edition)),
		"until": p.T("consent.letter.months", "n", strconv.Itoa(wording.Months)),
	}
	if o.Blank {
		out["number"], out["given"] = "—", p.T("choice.given."+consent.Paper)
		return out
	}
	c := o.Consent
	out["giver"], out["number"], out["given"], out["helper"] = c.Giver, c.Header.ID.String(), p.T("choice.given."+c.Given), c.Assistant
	out["at"] = p.DateTime(time.UnixMilli(c.At).In(zone))
	if until, err := time.ParseInLocation(time.DateOnly, c.Until, zone); err == nil {
		out["until"] = p.Date(until)
	}
	if e, ended := o.Given.Ended(c); ended {
		out["ended"] = p.DateTime(time.UnixMilli(e.AtMS).In(zone))
	}
	return out
}

// signed draws the places for name and thumb, or the signature that there is.
func (d *document) signed(text consent.LetterText, signature []byte, y float64) {
	half := d.width/2 - 4
	d.Stroke(pdfpage.Rule, 0.3)
	for i, label := range []string{text.Sign, text.Thumb} {
		x := d.left + float64(i)*(half+8)
		d.PDF.Rect(x, y, half, 34, "D")
		d.Text(x+3, y+6, d.printable(label), letterSmall, half-6, 0)
	}
	kind := "PNG"
	if bytes.HasPrefix(signature, []byte{0xff, 0xd8}) {
		kind = "JPG"
	}
	if len(signature) == 0 {
		return
	}
	options := fpdf.ImageOptions{ImageType: kind}
	d.PDF.RegisterImageOptionsReader("signature", options, bytes.NewReader(signature))
	d.PDF.ImageOptions("signature", d.left+4, y+8, half-8, 0, false, options, 0, "")
}
