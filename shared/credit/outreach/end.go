// SPDX-License-Identifier: Apache-2.0

package outreach

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Evidence is what belongs to a visit and is not in its own record.
type Evidence struct {
	Letter   *Acknowledged  // of the edition in use, in this visit or an earlier one; nil if it was not acknowledged yet
	Consents []ident.Record // that hold, for the purposes that are asked for
	Lacking  []string       // purposes to which there is none
	Demands  []ident.Record // that were registered since the visit began
	Signs    []Sign
}

// Statement is the SHA-256 of everything that two persons vouch for together.
type Statement [sha256.Size]byte

// String returns the beginning of the statement, for people to compare.
func (s Statement) String() string { return strings.ToUpper(hex.EncodeToString(s[:6])) }

// Statement returns what a visit states together with its evidence. Equal visits give equal statements, whatever order
// their parts came in.
func (v Visit) Statement(e Evidence) Statement {
	lines := []string{
		"of " + v.Of.String(), "officer " + v.Officer.String(), "second " + v.Second.String(), "companion " + v.Companion,
		fmt.Sprintf("begun %d", v.Begun), "purpose " + v.Purpose, "result " + v.Result, "position " + v.Position,
		"found " + strings.Join(v.Found, ","), "next " + v.NextOn, fmt.Sprintf("remark %q", v.Remark),
	}
	for f, a := range v.Photos {
		lines = append(lines, "file "+string(f)+" "+hex.EncodeToString(a.Digest[:]))
	}
	if v.Resident != nil {
		lines = append(lines, "signature "+hex.EncodeToString(v.Resident.Digest[:]))
	}
	if e.Letter != nil {
		lines = append(lines, "letter "+e.Letter.Header.ID.String())
	}
	for _, id := range e.Consents {
		lines = append(lines, "consent "+id.String())
	}
	for _, id := range e.Demands {
		lines = append(lines, "demand "+id.String())
	}
	slices.Sort(lines)
	return sha256.Sum256([]byte("yuexin visit 1\n" + v.Header.ID.String() + "\n" + strings.Join(lines, "\n")))
}

// StepState is how a step of a visit stands.
type StepState struct {
	Step   Step
	Needed bool
	Done   bool
	Stale  bool // a signature over what has changed since: it is asked for again
}

// Steps returns how the steps of a visit stand, in their order.
func (p *Policy) Steps(v Visit, e Evidence) []StepState {
	needs := p.needs(v)
	var out []StepState
	for _, step := range Steps() {
		s := StepState{Step: step, Needed: slices.Contains(needs, step)}
		switch step {
		case StepLetter:
			s.Done = e.Letter != nil
		case StepPosition:
			s.Done = p.placed(v)
		case StepPhoto:
			s.Done = len(v.Photos) > 0
		case StepForm:
			s.Done = v.Result != ""
		case StepConsent:
			s.Done = len(e.Lacking) == 0
		case StepDemand:
			s.Done = len(e.Demands) > 0
		case StepResident:
			s.Done = v.Resident != nil
		case StepSecond:
			_, s.Done = v.seconded(e)
			s.Stale = !s.Done && slices.ContainsFunc(e.Signs, func(g Sign) bool { return g.By == v.Second && !g.By.IsZero() })
		}
		out = append(out, s)
	}
	return out
}

// placed says whether the position of a visit tells where it was. A typed one does, and says that it was typed.
func (p *Policy) placed(v Visit) bool {
	f, ok := v.Where()
	return ok && f.Accuracy <= p.Position.WorstMetres
}

// seconded returns the signature of who accompanies over the visit as it stands.
func (v Visit) seconded(e Evidence) (Sign, bool) {
	now := v.Statement(e)
	i := slices.IndexFunc(e.Signs, func(s Sign) bool {
		return !v.Second.IsZero() && v.Second != v.Officer && s.By == v.Second && s.Statement == now
	})
	if i < 0 {
		return Sign{}, false
	}
	return e.Signs[i], true
}

// Lacks returns the steps that a visit needs and has not, in their order.
func (p *Policy) Lacks(v Visit, e Evidence) []Step {
	var out []Step
	for _, s := range p.Steps(v, e) {
		if s.Needed && !s.Done {
			out = append(out, s.Step)
		}
	}
	return out
}

// End returns the writes that end a visit at a time in ms since 1970 UTC: how long it took, and the entry under an id that
// names all that belongs to it. fault.Invalid "outreach.lacks" with the steps that are lacking, as "steps".
func (p *Policy) End(v Visit, e Evidence, id ident.Record, atMS int64) ([]record.Write, error) {
	if lacks := p.Lacks(v, e); len(lacks) > 0 {
		names := make([]string, len(lacks))
		for i, s := range lacks {
			names[i] = string(s)
		}
		return nil, fault.New(fault.Invalid, "outreach.lacks").With("steps", strings.Join(names, ","))
	}
	h, s := v.Header, v.Statement(e)
	h.ID, h.Kind = id, KindEnd
	fields := map[record.Field]record.Value{
		"visit": record.OfBytes(v.Header.ID.Bytes()), "of": record.OfBytes(v.Of.Bytes()), "officer": record.OfBytes(v.Officer.Bytes()),
		"begun": record.OfInt(v.Begun), "at": record.OfInt(atMS), "visit_purpose": record.OfText(v.Purpose), "visit_result": record.OfText(v.Result),
		"position": record.OfText(v.Position), "statement": record.OfBytes(s[:]), "policy": record.OfInt(int64(p.Edition)),
	}
	add := func(f record.Field, items []string) {
		if len(items) > 0 {
			fields[f] = record.OfSet(items...)
		}
	}
	var files []string
	for f, a := range v.Photos {
		files = append(files, string(f)+" "+hex.EncodeToString(a.Digest[:]))
	}
	if v.Resident != nil {
		files = append(files, string(FieldResident)+" "+hex.EncodeToString(v.Resident.Digest[:]))
	}
	add("files", files)
	add("consents", texts(e.Consents))
	add("demands", texts(e.Demands))
	if e.Letter != nil {
		fields["letter"] = record.OfBytes(e.Letter.Header.ID.Bytes())
	}
	if sign, ok := v.seconded(e); ok {
		fields["second"], fields["second_sign"] = record.OfBytes(v.Second.Bytes()), record.OfBytes(sign.ID.Bytes())
	}
	if v.Sample {
		fields["sample"] = record.OfBool(true)
	}
	const minute = 60_000
	stayed := min(max(0, (atMS-v.Begun)/minute), 24*60)
	return []record.Write{
		{Op: record.Edit, Header: v.Header, Fields: map[record.Field]record.Value{"stayed": record.OfInt(stayed)}},
		{Op: record.Create, Header: h, Fields: fields},
	}, nil
}

func texts(ids []ident.Record) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}
