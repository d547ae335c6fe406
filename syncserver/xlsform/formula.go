// SPDX-License-Identifier: Apache-2.0

package xlsform

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// name is a question as formulas know it.
type name struct {
	typ  string // of the form file
	rows string // the rows field it belongs to; "" for none
}

// formula translates one expression of a spreadsheet, which is XPath with ${names}, into the form's own.
type formula struct {
	names map[string]name
	self  string // what "." stands for
	rows  string // the rows field in whose row it stands; "" for none
	list  []string
	at    int
}

// term is a translated part: its text, and what it is.
type term struct {
	text   string
	ref    string // the question that it is, by name; "" for other terms
	quoted bool   // a constant text
}

var tokens = regexp.MustCompile(`\s*(\$\{[^}]*\}|'[^']*'|"[^"]*"|\d+(?:\.\d+)?|!=|<=|>=|[a-zA-Z_][a-zA-Z0-9_:-]*|[^\s])`)

// translate returns the expression, or a fault that names what is at fault.
func (f formula) translate(source string) (text string, err error) {
	for _, m := range tokens.FindAllStringSubmatch(source, -1) {
		f.list = append(f.list, m[1])
	}
	t, err := f.or()
	if err == nil && f.at < len(f.list) {
		err = f.unexpected()
	}
	return t.text, err
}

func (f *formula) peek() string {
	if f.at < len(f.list) {
		return f.list[f.at]
	}
	return ""
}

func (f *formula) accept(token string) bool {
	if f.peek() != token {
		return false
	}
	f.at++
	return true
}

func (f *formula) unexpected() error {
	if f.at >= len(f.list) {
		return invalid("formula.short")
	}
	return invalid("formula.token", "token", f.peek())
}

func (f *formula) expect(token string) error {
	if !f.accept(token) {
		return f.unexpected()
	}
	return nil
}

func (f *formula) or() (term, error)  { return f.chain(f.and, map[string]string{"or": "||"}) }
func (f *formula) and() (term, error) { return f.chain(f.compare, map[string]string{"and": "&&"}) }
func (f *formula) add() (term, error) {
	return f.chain(f.multiply, map[string]string{"+": "+", "-": "-"})
}
func (f *formula) multiply() (term, error) {
	return f.chain(f.unary, map[string]string{"*": "*", "div": "/", "mod": "%"})
}

// chain reads operands with operators between them.
func (f *formula) chain(operand func() (term, error), operators map[string]string) (term, error) {
	left, err := operand()
	for err == nil && operators[f.peek()] != "" {
		operator := operators[f.peek()]
		f.at++
		var right term
		right, err = operand()
		left = term{text: "(" + left.text + " " + operator + " " + right.text + ")"}
	}
	return left, err
}

var comparisons = map[string]string{"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

func (f *formula) compare() (term, error) {
	left, err := f.add()
	if err != nil || comparisons[f.peek()] == "" {
		return left, err
	}
	operator := comparisons[f.peek()]
	f.at++
	right, err := f.add()
	if err != nil {
		return left, err
	}
	if right.ref != "" && left.quoted {
		left, right = right, left
	}
	if left.ref != "" && right.quoted && (operator == "==" || operator == "!=") {
		return f.equals(left, right, operator)
	}
	return term{text: "(" + left.text + " " + operator + " " + right.text + ")"}, nil
}

// equals compares a question with a constant text: "" asks whether it is answered, yes and no are truths here.
func (f *formula) equals(left, right term, operator string) (term, error) {
	text, _ := strconv.Unquote(right.text)
	is := ""
	switch typ := f.names[left.ref].typ; {
	case text == "":
		is = "!" + f.answered(left.ref)
	case typ == "yes_no" && text == "yes":
		is = left.text
	case typ == "yes_no" && text == "no":
		is = "(" + f.answered(left.ref) + " && !" + left.text + ")"
	default:
		return term{text: "(" + left.text + " " + operator + " " + right.text + ")"}, nil
	}
	if operator == "!=" {
		return term{text: strings.TrimPrefix("!"+is, "!!")}, nil
	}
	return term{text: is}, nil
}

func (f *formula) answered(ref string) string {
	if f.names[ref].rows != "" {
		ref = "row." + ref
	}
	return fmt.Sprintf("answered(%q)", ref)
}

func (f *formula) unary() (term, error) {
	if f.accept("-") {
		t, err := f.unary()
		return term{text: "-" + t.text}, err
	}
	return f.primary()
}

func (f *formula) primary() (term, error) {
	token := f.peek()
	f.at++
	switch {
	case token == "":
		return term{}, f.unexpected()
	case token == ".":
		return f.reference(f.self)
	case strings.HasPrefix(token, "${"):
		return f.reference(strings.Trim(token, "${} "))
	case len(token) > 1 && (token[0] == '\'' || token[0] == '"'):
		return term{text: strconv.Quote(token[1 : len(token)-1]), quoted: true}, nil
	case token[0] >= '0' && token[0] <= '9':
		return term{text: token}, nil
	case token == "(":
		t, err := f.or()
		if err != nil {
			return t, err
		}
		return term{text: "(" + t.text + ")"}, f.expect(")")
	case f.peek() == "(":
		f.at++
		return f.call(token)
	}
	f.at--
	return term{}, f.unexpected()
}

// scales are what answers are divided by to be in the unit that people see.
var scales = map[string]string{"money": "100", "area": "100"}

// reference is a question of the form, or of the row at hand.
func (f *formula) reference(ref string) (term, error) {
	n, known := f.names[ref]
	switch {
	case !known:
		return term{}, invalid("formula.name", "name", ref)
	case n.rows != "" && n.rows != f.rows:
		return term{}, invalid("formula.row", "name", ref)
	}
	text := ref
	if n.rows != "" {
		text = "row." + ref
	}
	if scale := scales[n.typ]; scale != "" {
		text = "(" + text + " / " + scale + ")"
	}
	return term{text: text, ref: ref}, nil
}

// call translates a function.
func (f *formula) call(function string) (term, error) {
	if over, ok := aggregates[function]; ok {
		if t, ok, err := f.aggregate(over); ok {
			return t, err
		}
	}
	var args []term
	for !f.accept(")") {
		if len(args) > 0 {
			if err := f.expect(","); err != nil {
				return term{}, err
			}
		}
		arg, err := f.or()
		if err != nil {
			return arg, err
		}
		args = append(args, arg)
	}
	c, known := functions[function]
	if !known {
		return term{}, invalid("formula.function", "name", function)
	}
	if len(args) != c.args {
		return term{}, invalid("formula.arguments", "name", function)
	}
	return c.make(f, args)
}

// aggregates are the functions over all rows.
var aggregates = map[string]string{"sum": "sum(%s, .%s)", "count": "len(%s)", "max": "max(map(%s, .%s))", "min": "min(map(%s, .%s))"}

// aggregate reads "${name})" of a question in rows, or of the rows themselves.
func (f *formula) aggregate(pattern string) (t term, ok bool, err error) {
	ref := strings.Trim(f.peek(), "${} ")
	n := f.names[ref]
	if !strings.HasPrefix(f.peek(), "${") || f.at+1 >= len(f.list) || f.list[f.at+1] != ")" || n.rows == "" && n.typ != "rows" {
		return t, false, nil
	}
	f.at += 2
	isCount := strings.HasPrefix(pattern, "len")
	switch {
	case n.typ == "rows" && isCount:
		return term{text: fmt.Sprintf(pattern, ref)}, true, nil
	case n.typ == "rows" || isCount:
		return t, true, invalid("formula.row", "name", ref)
	}
	text := fmt.Sprintf(pattern, n.rows, ref)
	if scale := scales[n.typ]; scale != "" {
		text = "(" + text + " / " + scale + ")"
	}
	return term{text: text}, true, nil
}

// function is one that formulas may call.
type function struct {
	args int
	make func(f *formula, args []term) (term, error)
}

func plain(pattern string) func(*formula, []term) (term, error) {
	return func(_ *formula, args []term) (term, error) {
		texts := make([]any, len(args))
		for i, a := range args {
			texts[i] = a.text
		}
		return term{text: fmt.Sprintf(pattern, texts...)}, nil
	}
}

var functions = map[string]function{
	"not":            {1, plain("!(%s)")},
	"true":           {0, plain("true")},
	"false":          {0, plain("false")},
	"today":          {0, plain("today")},
	"if":             {3, plain("((%s) ? %s : %s)")},
	"string-length":  {1, plain("len(%s)")},
	"count-selected": {1, plain("len(%s)")},
	"regex":          {2, plain("(%s matches %s)")},
	"contains":       {2, plain("(%s contains %s)")},
	"starts-with":    {2, plain("(%s startsWith %s)")},
	"int":            {1, plain("int(%s)")},
	"abs":            {1, plain("abs(%s)")},
	"max":            {2, plain("max(%s, %s)")},
	"min":            {2, plain("min(%s, %s)")},
	"selected":       {2, selected},
	"coalesce":       {2, coalesce},
	"round":          {2, roundOff},
}

func selected(f *formula, args []term) (term, error) {
	switch f.names[args[0].ref].typ {
	case "choices":
		return term{text: "(" + args[1].text + " in " + args[0].text + ")"}, nil
	case "choice", "yes_no":
		return f.equals(args[0], args[1], "==")
	}
	return term{}, invalid("formula.arguments", "name", "selected")
}

func coalesce(f *formula, args []term) (term, error) {
	if args[0].ref == "" {
		return term{}, invalid("formula.arguments", "name", "coalesce")
	}
	return term{text: "(" + f.answered(args[0].ref) + " ? " + args[0].text + " : " + args[1].text + ")"}, nil
}

func roundOff(_ *formula, args []term) (term, error) {
	if args[1].text != "0" {
		return term{}, invalid("formula.arguments", "name", "round")
	}
	return term{text: "round(" + args[0].text + ")"}, nil
}
