/** Changes the password; the current one is asked, and every other session ends. */

import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { accountChanged } from '../api/queries.ts';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { changePassword } from './auth-client.ts';
import { PasswordChecklist } from './password-checklist.tsx';
import { PasswordField } from './password-field.tsx';
import { unmetRules } from './password-rules.ts';

export function PasswordSection({ email }: { email: string }) {
  const { t } = useTranslation(['profile', 'account']);
  const form = useForm({
    initialValues: { currentPassword: '', newPassword: '' },
    validate: {
      currentPassword: (password) => (password === '' ? t('account:invalid.password_required') : null),
      newPassword: (password) => {
        if (password === '') return t('account:invalid.new_password_required');
        return unmetRules(password).length > 0 ? t('account:invalid.password_rules') : null;
      },
    },
  });
  const { busy, problem, onSubmit } = useSubmission(form, async ({ currentPassword, newPassword }) => {
    await changePassword(currentPassword, newPassword).catch(besideCurrentPassword);
    form.reset();
    notifications.show({ color: 'green', message: t('password.saved') });
    await accountChanged();
  });
  return (
    <form noValidate onSubmit={onSubmit} className="fields">
      {/* Tells a password manager whose password it is. */}
      <input type="hidden" name="username" autoComplete="username" value={email} />
      <PasswordField
        {...form.getInputProps('currentPassword')}
        label={t('password.current')}
        autoComplete="current-password"
      />
      <PasswordField
        {...form.getInputProps('newPassword')}
        label={t('password.new')}
        autoComplete="new-password"
      />
      <PasswordChecklist password={form.values.newPassword} />
      <SubmitButton
        variant="default"
        busy={busy}
        label={t('password.submit')}
        busyLabel={t('password.submitting')}
        className="section-submit"
      />
      {problem !== null && (
        <div className="form-notice">
          <FailureNotice
            problem={problem}
            saving={{ no: t('password.failed_no'), unknown: t('password.failed_unknown') }}
          />
        </div>
      )}
    </form>
  );
}

/** The server names no field when the current password is the wrong one; here it is plain which it is. */
function besideCurrentPassword(failure: unknown): never {
  if (!(failure instanceof Problem) || failure.code !== 'INVALID_PASSWORD') throw failure;
  const { code, status, saved, detail, requestId } = failure;
  const fieldErrors = [{ field: 'currentPassword', code, message: detail }];
  throw new Problem({ code, status, saved, detail, requestId, fieldErrors });
}
