// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"image"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/blackjack/webcam"

	"yuexin/shared/fault"
)

// The formats that are understood, as V4L2 writes them (four letters, the first the lowest byte); the first that a camera has
// is taken.
const (
	formatMJPG webcam.PixelFormat = 'M' | 'J'<<8 | 'P'<<16 | 'G'<<24
	formatYUYV webcam.PixelFormat = 'Y' | 'U'<<8 | 'Y'<<16 | 'V'<<24
)

// The size that is asked for; the camera takes its nearest.
const (
	frameWidth  = 1280
	frameHeight = 720
)

// How a picture is taken: few buffers, the first pictures dropped while the camera finds its brightness, and an end to waiting.
const (
	frameBuffers  = 4
	darkFrames    = 5
	framePatience = 5 * time.Second
)

// Check implements Camera: that there is a camera which sends what is understood. Faults: Unavailable "camera.missing" and
// "camera.busy", NotAllowed "camera.rights", Unsupported "camera.format".
func (c *VideoCamera) Check(context.Context) error {
	cam, _, err := c.open()
	if err != nil {
		return err
	}
	return c.fault(cam.Close())
}

func (c *VideoCamera) open() (*webcam.Webcam, webcam.PixelFormat, error) {
	cam, err := webcam.Open(c.Device)
	if err != nil {
		return nil, 0, c.fault(err)
	}
	has := cam.GetSupportedFormats()
	for _, format := range []webcam.PixelFormat{formatMJPG, formatYUYV} {
		if _, ok := has[format]; ok {
			return cam, format, nil
		}
	}
	return nil, 0, errors.Join(fault.New(fault.Unsupported, "camera.format").With("device", c.Device), cam.Close())
}

// fault says what an error of the camera means.
func (c *VideoCamera) fault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrPermission):
		return fault.New(fault.NotAllowed, "camera.rights").With("device", c.Device).WithCause(err)
	case errors.Is(err, syscall.EBUSY):
		return fault.New(fault.Unavailable, "camera.busy").With("device", c.Device).WithCause(err)
	}
	return fault.New(fault.Unavailable, "camera.missing").With("device", c.Device).WithCause(err)
}

// Frame implements Camera: the faults of Check, and Unavailable "camera.frame" where no picture comes or none that can be read.
func (c *VideoCamera) Frame(ctx context.Context) (image.Image, error) {
	cam, format, err := c.open()
	if err != nil {
		return nil, err
	}
	defer cam.Close()
	format, width, height, err := cam.SetImageFormat(format, frameWidth, frameHeight)
	if err == nil {
		err = cam.SetBufferCount(frameBuffers)
	}
	if err == nil {
		err = cam.StartStreaming()
	}
	if err != nil {
		return nil, c.fault(err)
	}
	defer cam.StopStreaming()
	frame, err := settled(ctx, cam)
	if err != nil {
		return nil, err
	}
	if format == formatMJPG {
		return decodeJPEG(frame)
	}
	return decodeYUYV(frame, int(width), int(height), len(frame)/int(height))
}

// settled returns the first picture after the camera found its brightness. The library waits in whole seconds.
func settled(ctx context.Context, cam *webcam.Webcam) ([]byte, error) {
	seen := 0
	for range int(framePatience/time.Second) + darkFrames {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := cam.WaitForFrame(1)
		var late *webcam.Timeout
		if errors.As(err, &late) {
			continue
		}
		var frame []byte
		if err == nil {
			frame, err = cam.ReadFrame()
		}
		if err != nil {
			return nil, fault.New(fault.Unavailable, "camera.frame").WithCause(err)
		}
		if len(frame) == 0 {
			continue
		}
		if seen++; seen > darkFrames {
			return slices.Clone(frame), nil // the buffer goes back to the camera
		}
	}
	return nil, fault.New(fault.Unavailable, "camera.frame")
}
