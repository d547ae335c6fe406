// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"encoding/binary"
	"math"

	"yuexin/shared/fault"
)

// soundRate is how many samples a second every sound of the kiosk has: what espeak-ng gives, and what assets/voice asks of
// recordings, so that both can be joined.
const soundRate = 22_050

// sound is 16 bits, one channel, soundRate.
type sound []int16

// wav returns the sound as a WAV file.
func (s sound) wav() []byte {
	var out bytes.Buffer
	write := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&out, binary.LittleEndian, v) // a buffer takes everything of a fixed size
		}
	}
	out.WriteString("RIFF")
	write(uint32(36 + 2*len(s)))
	out.WriteString("WAVEfmt ")
	write(uint32(16), uint16(1), uint16(1), uint32(soundRate), uint32(2*soundRate), uint16(2), uint16(16))
	out.WriteString("data")
	write(uint32(2*len(s)), []int16(s))
	return out.Bytes()
}

// louder returns the sound with every sample times so much, at most 1.
func (s sound) louder(gain float64) sound {
	out := make(sound, len(s))
	for i, v := range s {
		out[i] = int16(math.Round(float64(v) * gain))
	}
	return out
}

// parseWAV reads a WAV file of the one format, whatever else is in it; name is for the fault, Corrupt "voice.sound". A length
// that is longer than the file, as a program writes that does not know it yet, ends with the file.
func parseWAV(name string, data []byte) (sound, error) {
	bad := fault.New(fault.Corrupt, "voice.sound").With("file", name)
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, bad
	}
	right := false
	for rest := data[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		body := rest[:min(size, int64(len(rest)))]
		switch {
		case id == "fmt " && len(body) >= 16:
			right = binary.LittleEndian.Uint16(body) == 1 && binary.LittleEndian.Uint16(body[2:]) == 1 &&
				binary.LittleEndian.Uint32(body[4:]) == soundRate && binary.LittleEndian.Uint16(body[14:]) == 16
		case id == "data" && right:
			out := make(sound, len(body)/2)
			for i := range out {
				out[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
			}
			return out, nil
		}
		rest = rest[min(size+size%2, int64(len(rest))):]
	}
	return nil, bad
}

// Tone returns a WAV file of a sound at so many hertz for so many milliseconds, at a third of the loudest.
func Tone(hertz, ms int) []byte {
	out := make(sound, soundRate*ms/1000)
	for i := range out {
		out[i] = int16(math.MaxInt16 / 3 * math.Sin(2*math.Pi*float64(hertz)*float64(i)/soundRate))
	}
	return out.wav()
}
