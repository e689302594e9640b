/** The rules of a new password, each marked as it is met while typing; read out when the typing pauses. */
import { VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { CheckIcon, DotIcon } from '../shell/icons.tsx';
import { shownRules, unmetRules } from './password-rules.ts';

const readOutAfterMs = 800;

export function PasswordChecklist({ password }: { password: string }) {
  const { t } = useTranslation('account');
  const unmet = unmetRules(password);
  return (
    <>
      <ul className="password-rules">
        {shownRules(password).map((rule) => {
          const met = !unmet.includes(rule);
          return (
            <li key={rule} data-met={met}>
              {met ? <CheckIcon size={14} /> : <DotIcon size={14} />}
              {t(`rules.${rule}`)}
              <VisuallyHidden>, {t(met ? 'rules.met' : 'rules.unmet')}</VisuallyHidden>
            </li>
          );
        })}
      </ul>
      <ReadOut password={password} />
    </>
  );
}

function ReadOut({ password }: { password: string }) {
  const { t } = useTranslation('account');
  const [settled] = useDebouncedValue(password, readOutAfterMs);
  const unmet = unmetRules(settled);
  const rules = unmet.map((rule) => t(`rules.${rule}`)).join(', ');
  return (
    <VisuallyHidden role="status">
      {settled !== '' &&
        (unmet.length === 0 ? t('rules.all_met') : t('rules.missing', { count: unmet.length, rules }))}
    </VisuallyHidden>
  );
}
