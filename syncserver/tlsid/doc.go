// SPDX-License-Identifier: Apache-2.0

// Package tlsid is the server's name on the wire: its TLS key and certificate.
//
// At first start it makes an own key (ECDSA P-256) and a certificate signed by
// that key for ten years. Devices do not trust the names in it: enrolment pins
// the key, so a server may change its address, and the certificate is made anew
// over the same key when names change or its end comes near. An operator with
// certificate files uses those instead.
//
// It also owns the rule for files with secrets, which the server's identity uses
// too: they are made with mode 0600, whole or not at all, and one that others
// may read is refused.
package tlsid
