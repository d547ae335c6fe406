// SPDX-License-Identifier: Apache-2.0

package device

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"yuexin/shared/fault"
)

// configFile says what is connected to a machine.
const configFile = "devices.json"

// Config is the content of the file, with one of the two:
//
//	{"gps": {"gpsd": "localhost:2947"}}
//	{"gps": {"port": "/dev/ttyACM0", "baud": 4800}}
//
// Without the file gpsd is asked where it always is. With {"gps": {}} positions are typed.
type Config struct {
	GPS *GPSConfig `json:"gps,omitempty"`
}

// GPSConfig says how a receiver is reached.
type GPSConfig struct {
	GPSD string `json:"gpsd,omitempty"` // address
	Port string `json:"port,omitempty"` // serial port, or a file
	Baud int    `json:"baud,omitempty"` // 0 is 4800
}

// OpenLocator reads what tells where the machine with a data folder is. A file that is damaged or names what there is not is
// fault.Corrupt "device.config", and positions are typed: the laptop works without any of it.
func OpenLocator(dir string) (Locator, error) {
	data, err := os.ReadFile(filepath.Join(dir, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return &GPSD{}, nil
	}
	if err != nil {
		return ByHand{}, fmt.Errorf("read what is connected: %w", err)
	}
	var c Config
	if err := json.Unmarshal(data, &c); err != nil {
		return ByHand{}, fault.New(fault.Corrupt, "device.config").With("why", err.Error()).WithCause(err)
	}
	switch g := c.GPS; {
	case g == nil || *g == GPSConfig{}:
		return ByHand{}, nil
	case g.GPSD != "" && g.Port != "":
		return ByHand{}, fault.New(fault.Corrupt, "device.config").With("why", "gps: gpsd and port")
	case g.GPSD != "":
		return &GPSD{Address: g.GPSD}, nil
	default:
		return &NMEA{Port: g.Port, Baud: g.Baud}, nil
	}
}
