/** English texts of signing in, signing up and My Profile. */
export const account = {
  sign_in: {
    title: 'Sign In Now!',
  },
} as const;
