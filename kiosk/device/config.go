// SPDX-License-Identifier: Apache-2.0

package device

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"yuexin/assets"
	"yuexin/kiosk/device/escpos"
	"yuexin/shared/credit/modes"
	"yuexin/shared/fault"
)

// configFile says what is connected to a machine.
const configFile = "devices.json"

// profilesFile is the version of the profiles of printers that is used.
const profilesFile = "printers-1.json"

// Config is the content of the file:
//
//	{
//	  "printer": {"address": "/dev/usb/lp0", "profile": "58mm"},
//	  "scanner": {"port": "/dev/ttyACM0", "baud": 9600},
//	  "camera":  {"device": "/dev/video0"},
//	  "speaker": {"player": "aplay"},
//	  "greeting": {"elder": true, "tongue": "yue", "volume": 3}
//	}
//
// greeting is how the machine meets the next person, in place of what the rules say.
// What is not in it is not connected, but for the scanner: one that types needs no entry. The speaker's player may be "auto".
type Config struct {
	Printer *PrinterConfig `json:"printer,omitempty"`
	Scanner *ScannerConfig `json:"scanner,omitempty"`
	Camera  *CameraConfig  `json:"camera,omitempty"`
	Speaker *SpeakerConfig `json:"speaker,omitempty"`

	Greeting *modes.Manner `json:"greeting,omitempty"`
}

// PrinterConfig is a receipt printer; Address as escpos.Address, Profile a name in assets/devices.
type PrinterConfig struct {
	Address escpos.Address `json:"address"`
	Profile string         `json:"profile"`
}

// ScannerConfig is a scanner at a serial port, or a USB one that shows itself as such.
type ScannerConfig struct {
	Port string `json:"port"`
	Baud int    `json:"baud"` // 0 is 9600
}

// CameraConfig is a camera.
type CameraConfig struct {
	Device string `json:"device"`
}

// SpeakerConfig names the program that plays sounds, or "auto".
type SpeakerConfig struct {
	Player string `json:"player"`
}

// Set is what is connected to a machine; nil where nothing is. A scanner is always there: one that types cannot be asked.
type Set struct {
	Printer Printer
	Scanner Scanner
	Camera  Camera
	Speaker Speaker
	IDCards IDCardReader

	Greeting *modes.Manner // how this machine meets the next person; nil to go by the rules
}

// OpenSet reads what is connected to the machine with a data folder. A file that is damaged or names what there is not is
// fault.Corrupt "device.config", and the set is one to which nothing is connected: the kiosk works without any of it.
func OpenSet(dir string) (Set, error) {
	none := Set{Scanner: KeyScanner{}}
	f, err := os.Open(filepath.Join(dir, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, fmt.Errorf("read what is connected: %w", err)
	}
	defer f.Close()
	var c Config
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	set := none
	if err = d.Decode(&c); err == nil {
		set, err = c.set()
	}
	if err != nil {
		return none, fault.New(fault.Corrupt, "device.config").With("why", err.Error()).WithCause(err)
	}
	return set, nil
}

func (c Config) set() (Set, error) {
	s := Set{Scanner: KeyScanner{}}
	if c.Printer != nil {
		p, err := PrinterProfile(assets.Folder("devices"), c.Printer.Profile)
		if err != nil {
			return s, err
		}
		if c.Printer.Address == "" {
			return s, errors.New("printer: no address")
		}
		s.Printer = &escpos.Printer{Profile: p, Address: c.Printer.Address}
	}
	if c.Scanner != nil {
		s.Scanner = &SerialScanner{Port: c.Scanner.Port, Baud: c.Scanner.Baud}
	}
	if c.Camera != nil {
		s.Camera = &VideoCamera{Device: c.Camera.Device}
	}
	if c.Greeting != nil {
		if err := c.Greeting.Check(); err != nil {
			return s, fmt.Errorf("greeting: %w", err)
		}
		s.Greeting = c.Greeting
	}
	if c.Speaker != nil {
		s.Speaker = &PlayerSpeaker{Player: c.Speaker.Player}
	}
	return s, nil
}

// PrinterProfile finds a profile by its name in the folder of assets.
func PrinterProfile(assets fs.FS, name string) (escpos.Profile, error) {
	f, err := assets.Open(profilesFile)
	if err != nil {
		return escpos.Profile{}, fmt.Errorf("printer profiles: %w", err)
	}
	defer f.Close()
	list, err := escpos.ParseProfiles(f)
	if err != nil {
		return escpos.Profile{}, err
	}
	for _, p := range list {
		if p.Name == name {
			return p, nil
		}
	}
	return escpos.Profile{}, fmt.Errorf("printer: there is no profile %q", name)
}
