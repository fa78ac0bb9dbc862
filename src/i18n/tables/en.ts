import { english } from '../catalogue.ts'

/**
 * Titles of the inspector's tables, and names of facts (`fact-…`). Column heads and cells are words of the tools and stay English;
 * a fact without a text here (a column of kubectl) shows its own name.
 */
export const tablesEn = english({
  addresses: 'Addresses',
  links: 'Devices',
  routes: 'Routes',
  'routes-local': 'Local routes',
  'routes-other': 'More routes',
  rules: 'Routing rules',
  neigh: 'Neighbours',
  fdb: 'Forwarding database',
  ports: 'Bridge ports',
  'iptables-raw': 'iptables raw',
  'iptables-mangle': 'iptables mangle',
  'iptables-nat': 'iptables nat',
  'iptables-filter': 'iptables filter',
  'iptables-security': 'iptables security',
  conntrack: 'Connections',
  sockets: 'Sockets',
  processes: 'Processes',
  sysctl: 'Kernel settings',
  members: 'Machines',
  switch: 'Switch table',
  objects: 'Belongs to it',
  events: 'Events',
  'fact-addresses': 'Addresses',
  'fact-netns': 'Namespace',
  'fact-object': 'Object',
  'fact-mac': 'MAC address',
  'fact-mtu': 'MTU in bytes',
  'fact-state': 'State',
  'fact-peer': 'Other end',
  'fact-bridge': 'Bridge',
  'fact-vxlan': 'Tunnel',
  'fact-received': 'Frames received',
  'fact-sent': 'Frames sent',
  'fact-cidr': 'Network',
  'fact-resourceVersion': 'Resource version',
  'fact-lastWrite': 'Last written by',
})
