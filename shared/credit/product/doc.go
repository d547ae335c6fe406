// SPDX-License-Identifier: Apache-2.0

// Package product is what a loan costs: products as versioned data, what is paid each month, and the true annual cost, so
// that a villager can lay a loan of the bank beside what a telephone offers.
//
// # Rounding
//
// Money is whole fen. The interest of a month is the balance × the yearly rate ÷ 12, rounded half to even where it is paid; a
// month is a twelfth of a year, whatever its days. An instalment of equal payments is rounded half to even once. What rounding leaves is
// in the last payment, so that the principal paid back is exactly what was lent.
//
// # True annual cost
//
// The announcement of the People's Bank of China 2021 No. 3 asks every lender to show the yearly rate of all that the
// borrower pays, interest and fees, for the principal that they really have, by compound or by simple interest; compound is
// the internal rate of return. Cost is that rate by compound interest: the monthly rate at which the payments, discounted,
// are worth what the borrower got, with fees paid at the beginning taken off, is (1+i)^12-1 in a year, rounded half up to a
// basis point. (Read as public writing reports it; its text was not at hand.) It is computed in whole numbers, so that all
// machines show the same.
package product
