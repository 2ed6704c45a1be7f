// Package oracletest has no code, only tests, in a module of its own because of
// what they need: docdb is compared with lungo and run through FerretDB, two
// implementations of MongoDB by others.
//
// Both are wrong about some things. What is known of that is listed with the
// reason (lungoFaults, ferretFaults, knownMatchFault, knownUpdateFault) and
// left out; where the list says what MongoDB does, its documentation says so,
// or its source as far as it is public knowledge.
package oracletest
