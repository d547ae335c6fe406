// SPDX-License-Identifier: Apache-2.0

package doorplate_test

// What the fixed key and handle of the tests give. If these change, printed plates no longer work.
const (
	goldenToken = "04T7A1R70W3GE1R70W3GE1R70W3GE1R9TNBE9T86G971VCWPJ5WF5KQNMCKA5482B88V724Z4ZADEX0XECEDPVG81ZE4ERS0V673S96VE93S0HGDPCZQ7KKB4TRBTB95A0JZ8P88"
	goldenCode  = "TXGX-81NK"
)
