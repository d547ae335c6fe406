// SPDX-License-Identifier: Apache-2.0

package record

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Role is what a login may be: "cadre", "officer", "reviewer", "analyst",
// "admin", "kiosk", "resident", "desk". The access table defines them.
type Role string

// Action is what a role may do with a kind.
type Action string

// The actions of the access table.
const (
	CanRead    Action = "read"
	CanCreate  Action = "create"
	CanEdit    Action = "edit"
	CanDelete  Action = "delete"
	CanResolve Action = "resolve"
)

// ActionOf returns the action that an operation needs.
func ActionOf(op Op) Action {
	switch op {
	case Create:
		return CanCreate
	case Delete:
		return CanDelete
	case Resolve:
		return CanResolve
	default:
		return CanEdit
	}
}

// RoleDef is the row of the access table for one role.
type RoleDef struct {
	Name Role `json:"name"`
	// Source is the highest rank that the role's writes may claim.
	Source Source `json:"source"`
	// Kinds maps a kind, or "*" for all others, to what is allowed per
	// action: the highest class of fields. A missing action is not allowed.
	Kinds map[Kind]map[Action]Class `json:"kinds"`
}

// Access is one published version of the access table: role × kind × class ×
// action. It is immutable and safe for concurrent use.
type Access struct {
	version uint32
	roles   map[Role]RoleDef
}

// ParseAccess reads an access table from its JSON form.
func ParseAccess(r io.Reader) (*Access, error) {
	var file struct {
		Version uint32    `json:"version"`
		Roles   []RoleDef `json:"roles"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read access table: %w", err)
	}
	if file.Version == 0 {
		return nil, fmt.Errorf("access table: version is missing")
	}
	a := &Access{version: file.Version, roles: make(map[Role]RoleDef, len(file.Roles))}
	for _, def := range file.Roles {
		if err := def.check(); err != nil {
			return nil, fmt.Errorf("access table version %d: role %q: %w", file.Version, def.Name, err)
		}
		if _, twice := a.roles[def.Name]; twice {
			return nil, fmt.Errorf("access table version %d: role %q: defined twice", file.Version, def.Name)
		}
		a.roles[def.Name] = def
	}
	return a, nil
}

func (d RoleDef) check() error {
	if !validName(string(d.Name)) {
		return fmt.Errorf("a name is 1 to %d of a-z, 0-9 and _", MaxName)
	}
	for kind, actions := range d.Kinds {
		for action, class := range actions {
			switch action {
			case CanRead, CanCreate, CanEdit, CanDelete, CanResolve:
			default:
				return fmt.Errorf("kind %q: unknown action %q", kind, action)
			}
			if class < C1 || class > C3 {
				return fmt.Errorf("kind %q: action %s: class %d is none of 1, 2, 3", kind, action, class)
			}
		}
	}
	return nil
}

// Version returns the table's version; a view carries it.
func (a *Access) Version() uint32 { return a.version }

// Roles returns all roles in order.
func (a *Access) Roles() []Role { return slices.Sorted(maps.Keys(a.roles)) }

// Allows reports whether role may do action with fields of the given class
// of kind. An unknown role may do nothing.
func (a *Access) Allows(role Role, kind Kind, class Class, action Action) bool {
	def, ok := a.roles[role]
	if !ok {
		return false
	}
	actions, ok := def.Kinds[kind]
	if !ok {
		actions = def.Kinds["*"]
	}
	return class <= actions[action] && actions[action] != 0
}

// Source returns the highest rank that role may claim.
func (a *Access) Source(role Role) Source { return a.roles[role].Source }

// View returns what role reads: a function of role, kind and class only.
func (a *Access) View(role Role) View { return View{access: a, role: role} }

// View is the part of a scope that a role may hold. It depends on role, kind
// and field class only, never on row content.
type View struct {
	access *Access
	role   Role
}

// Everything is the view of the server itself.
var Everything = View{}

// Name returns the view's name: the role it serves, or "" for Everything.
func (v View) Name() string { return string(v.role) }

// Version returns the version of the access table behind the view.
func (v View) Version() uint32 {
	if v.access == nil {
		return 0
	}
	return v.access.version
}

// Holds reports whether the view includes fields of the class of the kind.
func (v View) Holds(kind Kind, class Class) bool {
	return v.access == nil || v.access.Allows(v.role, kind, class, CanRead)
}

// Above reports whether the view holds fields above a class, of any kind.
func (v View) Above(class Class) bool {
	if v.access == nil {
		return true
	}
	for _, actions := range v.access.roles[v.role].Kinds {
		if actions[CanRead] > class {
			return true
		}
	}
	return false
}
