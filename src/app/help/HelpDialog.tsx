import { useI18n } from '../state/i18n.ts'
import { closeDialog, openDialog, openPassport } from '../state/page.ts'
import { KEYS } from '../state/keys.ts'
import { Button } from '../ui/Button.tsx'
import { DeviceMark } from '../ui/DeviceMark.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Kbd } from '../ui/Kbd.tsx'
import './help.css'

const GROUPS = [
  {
    title: 'ui.help-travel',
    keys: [
      'play',
      'over',
      'back',
      'into',
      'intoBack',
      'hop',
      'hopBack',
      'packet',
      'packetBack',
      'event',
      'eventBack',
      'start',
      'end',
      'faster',
      'slower',
    ],
  },
  { title: 'ui.help-look', keys: ['find', 'list', 'fit', 'actual', 'follow', 'passport', 'close', 'help'] },
  { title: 'ui.help-change', keys: ['apply', 'undo', 'redo', 'leave', 'take'] },
] as const

/** Kinds that wear a mark on the map. */
const SHOWN_KINDS = [
  'veth',
  'vlan',
  'macvlan',
  'ipvlan',
  'tun',
  'dummy',
  'vxlan',
  'geneve',
  'ipip',
  'gre',
  'wireguard',
] as const

/** All keys, and what the signs on the canvas mean. */
export function HelpDialog() {
  const { t } = useI18n()
  return (
    <Dialog open onClose={closeDialog} title={t('ui.help')} lead={t('ui.help-lead')} closeLabel={t('ui.close')} wide>
      <div className="help">
        {GROUPS.map(({ title, keys }) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            <dl>
              {keys.map((key) => (
                <div key={key}>
                  <dt>{t(`ui.key-${key}`)}</dt>
                  <dd>
                    <Kbd>{KEYS[key]}</Kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>{t('ui.help-signs')}</h3>
          <dl>
            {(['✓', '→', '✗', '⊙'] as const).map((glyph) => (
              <div key={glyph}>
                <dt>{t(`ui.sign-${glyph}`)}</dt>
                <dd>{glyph}</dd>
              </div>
            ))}
          </dl>
        </section>
        <section>
          <h3>{t('ui.help-devices')}</h3>
          <dl className="help-devices">
            {SHOWN_KINDS.map((kind) => (
              <div key={kind}>
                <dt>{t(`ui.device-${kind}`)}</dt>
                <dd>
                  <DeviceMark kind={kind} />
                </dd>
              </div>
            ))}
          </dl>
          <p>{t('ui.help-devices-where')}</p>
          <p>{t('ui.help-mouse')}</p>
          <p className="help-more">
            <Button onClick={() => openPassport()}>{t('ui.passport')}</Button>
            <Button onClick={() => openDialog('take')}>{t('ui.take-home-open')}</Button>
          </p>
        </section>
      </div>
    </Dialog>
  )
}
