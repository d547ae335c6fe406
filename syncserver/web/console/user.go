// SPDX-License-Identifier: Apache-2.0

package console

import (
	"errors"
	"net/http"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

type usersPage struct {
	*frame
	Users       []userRow
	CanHandOver bool
}

type userRow struct {
	store.User
	OrgName string
	Places  string
	Self    bool
}

func (c *Console) onUsers(w http.ResponseWriter, r *http.Request, v *visit) error {
	users, err := c.Store.Users(r.Context())
	if err != nil {
		return err
	}
	orgs, err := c.orgs(r.Context(), v)
	if err != nil {
		return err
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	page := usersPage{frame: c.frame(v, r, string(PageUsers)), CanHandOver: c.HandOver != nil}
	for _, u := range users {
		page.Users = append(page.Users, userRow{
			User: u, OrgName: orgName(orgs, u.Org), Self: u.Name == v.user.Name,
			Places: places.listOf(v.print, u.Login.Scopes),
		})
	}
	return c.show(w, http.StatusOK, "users", page)
}

type newUserPage struct {
	*frame
	Form     *form
	Roles    []record.Role
	Orgs     []org
	Villages []place
}

func (c *Console) newUserPage(r *http.Request, v *visit, f *form) (newUserPage, error) {
	orgs, err := c.orgs(r.Context(), v)
	if err != nil {
		return newUserPage{}, err
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return newUserPage{}, err
	}
	return newUserPage{frame: c.frame(v, r, string(PageUsers)), Form: f, Roles: Roles(), Orgs: orgs, Villages: places.sorted}, nil
}

func (c *Console) onNewUser(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := c.newUserPage(r, v, emptyForm(v.print))
	if err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "newuser", page)
}

func (c *Console) onNewUserPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	page, err := c.newUserPage(r, v, f)
	if err != nil {
		return err
	}
	if err := c.addUser(r, v, f, page); err != nil {
		return err
	}
	if !f.OK() {
		return c.show(w, http.StatusUnprocessableEntity, "newuser", page)
	}
	c.sessions.Put(r.Context(), keyFlash, "console.user.added")
	http.Redirect(w, r, c.Base+"/users", http.StatusSeeOther)
	return nil
}

// addUser makes the user that the form describes. What the form has wrong is
// noted there; the error is for what no form can mend.
func (c *Console) addUser(r *http.Request, v *visit, f *form, page newUserPage) error {
	u := store.User{Name: f.text("name", true, 32), Display: f.text("display", true, 40)}
	role := record.Role(f.choice("role", roleNames()...))
	u.Org = f.org("org", page.Orgs, role == Reviewer)
	var scopes []ident.Scope
	if role == Cadre || role == Officer {
		scopes = f.scopes("scope", page.Villages)
	}
	password := f.newPassword()
	if !f.OK() {
		return nil
	}
	login, err := c.NewLogin(role, scopes)
	if err != nil {
		return err
	}
	u.Login = login
	if err := c.act(r, v, "console.newuser", u.Name+" "+string(role)); err != nil {
		return err
	}
	return f.mind(c.Gate.AddUser(r.Context(), u, password))
}

// mind notes what the gate has against a name or a password, and returns any
// other error.
func (f *form) mind(err error) error {
	switch fault.KindOf(err) {
	case fault.OK:
		return nil
	case fault.Invalid:
		field := fault.From(err).Field
		if field != "name" {
			field = "password"
		}
		f.refuse(field, err)
		return nil
	case fault.Conflict:
		f.refuse("name", fault.New(fault.Conflict, "console.user.taken"))
		return nil
	}
	return err
}

// newPassword reads the two fields of a new password.
func (f *form) newPassword() string {
	password := f.values.Get("password")
	switch {
	case password == "":
		f.refuse("password", fault.New(fault.Invalid, "console.form.empty"))
	case password != f.values.Get("again"):
		f.refuse("again", fault.New(fault.Invalid, "console.user.again"))
	}
	return password
}

type passwordPage struct {
	*frame
	User store.User
	Form *form
}

func (c *Console) onPassword(w http.ResponseWriter, r *http.Request, v *visit) error {
	user, err := c.otherUser(r)
	if err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "password", passwordPage{c.frame(v, r, string(PageUsers)), user, emptyForm(v.print)})
}

func (c *Console) onPasswordPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	user, err := c.otherUser(r)
	if err != nil {
		return err
	}
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	if password := f.newPassword(); f.OK() {
		if err := c.act(r, v, "console.password", user.Name); err != nil {
			return err
		}
		if err := f.mind(c.Gate.Reset(r.Context(), user.Name, password)); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.show(w, http.StatusUnprocessableEntity, "password", passwordPage{c.frame(v, r, string(PageUsers)), user, f})
	}
	if user.Name == v.user.Name { // stay logged in under the new one
		if user, err = c.otherUser(r); err != nil {
			return err
		}
		if err := c.begin(r, user); err != nil {
			return err
		}
	}
	c.sessions.Put(r.Context(), keyFlash, "console.user.password_set")
	http.Redirect(w, r, c.Base+"/users", http.StatusSeeOther)
	return nil
}

// otherUser returns the user that the address names.
func (c *Console) otherUser(r *http.Request) (store.User, error) {
	user, err := c.Store.User(r.Context(), r.PathValue("name"))
	if fault.Is(err, fault.NotFound) {
		return user, fault.New(fault.NotFound, "console.user.unknown")
	}
	return user, err
}

func roleNames() []string {
	var names []string
	for _, r := range Roles() {
		names = append(names, string(r))
	}
	return names
}

// org returns the organisation chosen, which some roles must have.
func (f *form) org(field string, offered []org, needed bool) ident.Org {
	chosen := f.Get(field)
	if chosen == "" && !needed {
		return ident.Org{}
	}
	for _, o := range offered {
		if chosen == o.ID.String() {
			return o.ID
		}
	}
	f.refuse(field, fault.New(fault.Invalid, "console.form.choose"))
	return ident.Org{}
}

// scopes returns what everybody reads and the villages ticked, of which there
// must be one.
func (f *form) scopes(field string, offered []place) []ident.Scope {
	scopes := []ident.Scope{ident.Ref}
	for _, p := range offered {
		if f.Has(field, string(p.Scope)) {
			scopes = append(scopes, p.Scope)
		}
	}
	if len(scopes) != len(f.values[field])+1 || len(scopes) == 1 {
		f.refuse(field, fault.New(fault.Invalid, "console.form.villages"))
	}
	return scopes
}

// parseID reads an id from an address; whatever is no id is not found.
func parseID[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](text, notFound string) (T, error) {
	var id T
	if err := P(&id).UnmarshalText([]byte(text)); err != nil {
		return id, fault.New(fault.NotFound, notFound).WithCause(errors.New("not an id"))
	}
	return id, nil
}
