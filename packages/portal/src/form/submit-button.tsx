/** A form's one main button. While the form is under way it says so and keeps its size and the focus; `useSubmission` ignores it meanwhile. */
import { Button, type ButtonProps, Loader } from '@mantine/core';

interface SubmitButtonProps extends ButtonProps {
  busy: boolean;
  label: string;
  busyLabel: string;
}

export function SubmitButton({ busy, label, busyLabel, ...rest }: SubmitButtonProps) {
  return (
    <Button
      {...rest}
      type="submit"
      aria-disabled={busy}
      leftSection={busy ? <Loader size={14} color="currentColor" /> : undefined}
    >
      {busy ? busyLabel : label}
    </Button>
  );
}
