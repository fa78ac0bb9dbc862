/** `ip route help`, and what a change without a destination is answered with. */
export const USAGE =
  'Usage: ip route { show | flush } SELECTOR\n' +
  '       ip route get [ ROUTE_GET_FLAGS ] ADDRESS\n' +
  '                            [ from ADDRESS iif STRING ]\n' +
  '                            [ oif STRING ] [ tos TOS ]\n' +
  '                            [ mark NUMBER ]\n' +
  '       ip route { add | del | change | append | replace } ROUTE\n' +
  'SELECTOR := [ root PREFIX ] [ match PREFIX ] [ exact PREFIX ]\n' +
  '            [ table TABLE_ID ] [ proto RTPROTO ]\n' +
  '            [ type TYPE ] [ scope SCOPE ]\n'
