import { LockKeyhole } from 'lucide-react'
import './device-mark.css'

/** What a tunnel puts around packets: the mark on their frames. */
const FRAME: Readonly<Record<string, string>> = {
  vxlan: 'VX',
  geneve: 'GV',
  ipip: 'IP',
  gre: 'GRE',
  gretap: 'GRE',
  wireguard: 'WG',
}

/** Pictures of 18 by 12: what one device is to another. */
const PICTURE: Readonly<Record<string, string>> = {
  // A plug at each end.
  veth: 'M5 6H13M3 6m-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0M15 6m-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0',
  // One bar that many hang on.
  bridge: 'M1 9H17M4 9V3M9 9V3M14 9V3',
  // A card and its wire.
  ether: 'M3 2H15V8H3ZM9 8V12',
  // A tag on a string.
  vlan: 'M1 6H4L7 2H17V10H7L4 6M8.5 6H9.5',
  // Two cards on one wire.
  macvlan: 'M1 2H7.5V7H1ZM10.5 2H17V7H10.5ZM4 7V10H14V7M9 10V12',
  // One card for two.
  ipvlan: 'M2 3H16V9H2ZM9 3V9M5.5 6H5.6M12.5 6H12.6M9 9V12',
  // Up into a program.
  tun: 'M3 12V9H15V12M9 9V1M6 4L9 1L12 4',
  // A way that ends.
  dummy: 'M1 6H12M12 2V10M15 4V8',
  loopback: 'M5 10H13A4 4 0 0 0 13 2H6M8.5 -0.5L6 2L8.5 4.5',
}

/** What kind (as `ip -d link` calls it) a device is: the frame that a tunnel puts around packets, or a small picture. */
export function DeviceMark({ kind }: { readonly kind: string }) {
  const frame = FRAME[kind]
  if (frame)
    return (
      <em className="device-mark" aria-hidden>
        {kind === 'wireguard' && <LockKeyhole />}
        {frame}
      </em>
    )
  const picture = PICTURE[kind]
  return picture ? (
    <svg className="device-picture" viewBox="0 0 18 12" aria-hidden>
      <path d={picture} />
    </svg>
  ) : null
}
