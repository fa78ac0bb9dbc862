import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

test.use({ viewport: { width: 1280, height: 1100 } })

test('programs print what they print on a real machine', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const terminal = await view.terminal('client')
  await view.button('To the end').click()
  expect(await terminal.run('ping -c 1 10.244.1.2')).toMatch(
    /64 bytes from 10\.244\.1\.2: icmp_seq=1 ttl=62 time=[\d.]+ ms\n+--- 10\.244\.1\.2 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss/,
  )
  expect(await terminal.run('curl -s http://web')).toContain('Welcome to nginx!')
  await page.keyboard.press('ArrowUp')
  await terminal.shows(/# curl -s http:\/\/web$/)
  await page.keyboard.press('ArrowUp')
  await terminal.shows(/# ping -c 1 10\.244\.1\.2$/)
  await page.keyboard.press('Control+c')
  await terminal.prompt()
  expect(await terminal.run('nosuchtool')).toMatch(/nosuchtool: (command )?not found/)
  await view.dock.getByRole('button', { name: 'Step through what this did' }).click()
  expect(await view.sentence()).toContain('nosuchtool')
})

test('Ctrl+C ends a ping that would never end, and it does not run away', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const terminal = await view.terminal('client')
  await view.button('To the end').click()
  await terminal.type('ping 192.168.10.10')
  await terminal.press('Enter')
  await terminal.shows(/icmp_seq=\d\d /)
  expect(await view.length()).toBeLessThan(20_000)
  await terminal.press('Control+c')
  await terminal.prompt()
  expect(await terminal.text()).toMatch(/\d+ packets transmitted, \d+ received/)
  expect(await terminal.run('echo still here')).toContain('\nstill here\n')
})

test('a command of several lines is asked for line by line, and pasted lines run one after the other', async ({
  page,
  lab,
}) => {
  const view = await LabPage.open(page, lab)
  const terminal = await view.terminal('client')
  await view.button('To the end').click()
  await terminal.type('cat <<END')
  await terminal.press('Enter')
  await terminal.shows(/\n>$/)
  await terminal.type('two words')
  await terminal.press('Enter')
  await terminal.shows(/\n> two words\n>$/)
  await terminal.type('END')
  await terminal.press('Enter')
  await terminal.shows(/\ntwo words\n[^\n]*#$/)
  await terminal.paste('echo first\nfor i in 1 2; do\necho n$i\ndone\necho la')
  await terminal.shows(/\nfirst\n[^]*\nn1\nn2\n[^]*# echo la$/)
  await terminal.type('st')
  await terminal.press('Enter')
  await terminal.shows(/\nlast\n/)
})

test('a shell in a container is entered and left', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const terminal = await view.terminal('cp1')
  await view.button('To the end').click()
  await terminal.type('kubectl exec -it client -- sh')
  await terminal.press('Enter')
  await terminal.shows(/\nroot@client:~#$/)
  expect(await terminal.run('hostname')).toMatch(/\nclient\nroot@client:~#$/)
  await terminal.press('Control+d')
  await terminal.shows(/root@client:~# exit\nroot@cp1:~#$/)
})

test('a command that acts, run in the past, changes it, and the terminal says so', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.toStory()
  const all = await view.length()
  const terminal = await view.terminal('client')
  const text = await terminal.run('ping -c 1 192.168.10.12')
  expect(text).toContain('what came after it is forgotten')
  expect(text).toContain('1 received')
  expect(await view.length()).not.toBe(all)
  expect(await view.cursor()).toBe((await view.length()) - 1)
})

test('double-clicking a machine opens its terminal', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.canvas.locator('.host', { hasText: 'laptop' }).locator('.host-head').dblclick()
  await expect(view.dock.getByRole('tab', { name: 'Terminal' })).toHaveAttribute('aria-selected', 'true')
  const frame = view.dock.locator('[data-testid="terminal:host/laptop"]')
  await expect(frame.locator('.xterm-screen')).toBeVisible()
  await view.press('ArrowRight')
})
