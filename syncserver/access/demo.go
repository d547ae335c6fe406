// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"fmt"
	"strings"

	"yuexin/shared/fault"
	"yuexin/syncserver/store"
)

// DemoPrefix begins the names of demo users and of nobody else.
const DemoPrefix = "demo-"

// Demo is a user of the sample data, whose password is printed for everybody.
type Demo struct {
	User     store.User // Name begins with DemoPrefix
	Password string     // the rules for passwords do not apply
}

// AddDemo makes the demo users that are not there yet and gives those that are
// the password named. It refuses with fault.NotAllowed unless the store holds
// sample data only; a gate over real data refuses their login as well.
func (g *Gate) AddDemo(ctx context.Context, users []Demo) error {
	if !g.cfg.Sample {
		return fault.New(fault.NotAllowed, "access.demo.real")
	}
	for _, d := range users {
		d.User.Name = cleanName(d.User.Name)
		if err := CheckName(d.User.Name); err != nil {
			return err
		}
		if !isDemo(d.User.Name) || d.Password == "" {
			return fault.New(fault.Invalid, "access.demo.name").With("prefix", DemoPrefix)
		}
		if err := g.addDemo(ctx, d); err != nil {
			return fmt.Errorf("demo user %s: %w", d.User.Name, err)
		}
	}
	return nil
}

func (g *Gate) addDemo(ctx context.Context, d Demo) error {
	present, err := g.cfg.Users.User(ctx, d.User.Name)
	if fault.Is(err, fault.NotFound) {
		return g.add(ctx, d.User, d.Password)
	}
	if err != nil {
		return err
	}
	if right, weak, err := g.compare(ctx, present.Hash, d.Password); err == nil && right && !weak {
		return nil
	}
	hash, err := g.hash(ctx, d.Password)
	if err != nil {
		return err
	}
	return g.cfg.Users.SetPassword(ctx, d.User.Name, hash)
}

func isDemo(name string) bool { return strings.HasPrefix(name, DemoPrefix) }

// foreignDemo: a demo user left over in a store of real data.
func (g *Gate) foreignDemo(name string) bool { return isDemo(name) && !g.cfg.Sample }
