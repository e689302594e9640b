/** Name and phone number, to be changed; the email address, to be read. */
import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import type { Me } from '../api/client.ts';
import { accountChanged } from '../api/queries.ts';
import { useComplaintTexts } from '../form/form-texts.ts';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { updateProfile } from './auth-client.ts';
import { complaintAboutName, complaintAboutPhone } from './profile-fields.ts';

export function PersonSection({ user }: { user: Me['user'] }) {
  const { t } = useTranslation(['profile', 'account']);
  const inWords = useComplaintTexts();
  const kept = user.phone_number ?? '';
  const form = useForm({
    initialValues: { name: user.name, phoneNumber: kept },
    validate: {
      name: (name) => inWords(complaintAboutName(name)),
      // What is kept may be older than its rule: it is in the way of no new name.
      phoneNumber: (phone) => (phone === kept ? null : inWords(complaintAboutPhone(phone))),
    },
  });
  const { busy, problem, onSubmit } = useSubmission(form, async ({ name, phoneNumber }) => {
    await updateProfile({ name, ...(phoneNumber !== kept && { phoneNumber }) });
    notifications.show({ color: 'green', message: t('person.saved') });
    await accountChanged();
  });
  return (
    <form noValidate onSubmit={onSubmit} className="fields">
      <TextInput
        {...form.getInputProps('name')}
        label={t('account:full_name')}
        autoComplete="name"
        required
        withAsterisk={false}
      />
      <TextInput
        value={user.email}
        readOnly
        label={t('account:email')}
        description={t('person.email_hint')}
        inputWrapperOrder={['label', 'input', 'description']}
        type="email"
        variant="filled"
      />
      <TextInput
        {...form.getInputProps('phoneNumber')}
        label={t('account:phone_number')}
        type="tel"
        autoComplete="tel"
        required
        withAsterisk={false}
      />
      <SubmitButton
        busy={busy}
        label={t('person.submit')}
        busyLabel={t('person.submitting')}
        className="section-submit"
      />
      {problem !== null && (
        <div className="form-notice">
          <FailureNotice
            problem={problem}
            saving={{ no: t('person.failed_no'), unknown: t('person.failed_unknown') }}
          />
        </div>
      )}
    </form>
  );
}
