// SPDX-License-Identifier: Apache-2.0

package client

import "time"

// Hurry shortens what the client waits for a handshake and for a write.
func (c *Client) Hurry(dial, write time.Duration) { c.dialTimeout, c.writeWait = dial, write }
