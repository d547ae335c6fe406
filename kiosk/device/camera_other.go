// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package device

import (
	"context"
	"image"

	"yuexin/shared/fault"
)

// Check implements Camera.
func (c *VideoCamera) Check(context.Context) error {
	return fault.New(fault.Unsupported, "camera.system")
}

// Frame implements Camera.
func (c *VideoCamera) Frame(ctx context.Context) (image.Image, error) { return nil, c.Check(ctx) }
