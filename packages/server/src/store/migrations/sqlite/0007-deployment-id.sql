-- Which deployment this is, for the names of its cookies: browsers send cookies to every port of a host. No secret.
INSERT INTO settings (name, value) VALUES ('deployment', lower(hex(randomblob(4))));
