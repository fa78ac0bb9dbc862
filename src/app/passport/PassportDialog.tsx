import { useEffect, useRef } from 'react'
import { FEATURES, PASSPORT, judged } from '../../passport/passport.ts'
import { useI18n } from '../state/i18n.ts'
import { closeDialog } from '../state/page.ts'
import { usePage } from '../state/stores.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { kernelText } from './Checked.tsx'
import './passport.css'

/** What was compared with a real Linux kernel, feature by feature, and what is known to differ. */
export function PassportDialog() {
  const { t } = useI18n()
  const lit = usePage((state) => state.feature)
  const row = useRef<HTMLTableRowElement>(null)
  useEffect(() => row.current?.scrollIntoView({ block: 'center' }), [])
  const params = {
    kernel: kernelText(),
    hand: PASSPORT.scenarios.length,
    generated: PASSPORT.generated?.scenarios ?? 0,
  }
  return (
    <Dialog
      open
      onClose={closeDialog}
      title={t('ui.passport')}
      lead={t('ui.passport-lead', params)}
      closeLabel={t('ui.close')}
      wide
    >
      <div className="passport">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('ui.passport-feature')}</th>
              <th scope="col">{t('ui.passport-hand')}</th>
              <th scope="col">{t('ui.passport-generated')}</th>
              <th scope="col">{t('ui.passport-known')}</th>
            </tr>
          </thead>
          <tbody>
            {FEATURES.map((feature) => {
              const { handWritten, generated, deviations } = judged(PASSPORT, feature)
              const never = handWritten + generated === 0
              return (
                <tr key={feature} data-lit={feature === lit} ref={feature === lit ? row : null}>
                  <th scope="row">{t(`passport.feature-${feature}`)}</th>
                  <td className="num">{handWritten || '–'}</td>
                  <td className="num">{generated || '–'}</td>
                  <td>
                    {never && t('ui.checked-not')}
                    {!never && deviations.length === 0 && '–'}
                    {deviations.map((deviation) => (
                      <p key={deviation}>{t(`passport.deviation-${deviation}`)}</p>
                    ))}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </Dialog>
  )
}
