// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// adminsSetting names the recovery keys of the administrators.
const adminsSetting = "fleet.admins"

// Admins returns the public keys of the first administrators, who were there before any
// device. Who comes and goes later follows from signed lists; see rulebook.Ring.
func Admins(ctx context.Context, s Settings) ([]seal.AdminPublic, error) {
	data, err := s.Setting(ctx, adminsSetting)
	if err != nil {
		return nil, fmt.Errorf("administrators' keys: %w", err)
	}
	if data == nil {
		return nil, nil
	}
	var admins []seal.AdminPublic
	if err := json.Unmarshal(data, &admins); err != nil {
		return nil, fmt.Errorf("administrators' keys: %w", err)
	}
	return admins, nil
}

// AddAdmin adds one of the first administrators's public recovery keys; one that is there
// already changes nothing. fault.Exhausted beyond
// seal.MaxAdmins.
func AddAdmin(ctx context.Context, s Settings, admin seal.AdminPublic) error {
	admins, err := Admins(ctx, s)
	if err != nil {
		return err
	}
	if slices.Contains(admins, admin) {
		return nil
	}
	if len(admins) >= seal.MaxAdmins {
		return fault.New(fault.Exhausted, "fleet.admins.many")
	}
	data, err := json.Marshal(append(admins, admin))
	if err != nil {
		return fmt.Errorf("administrators' keys: %w", err)
	}
	if err := s.SetSetting(ctx, adminsSetting, data); err != nil {
		return fmt.Errorf("administrators' keys: %w", err)
	}
	return nil
}
