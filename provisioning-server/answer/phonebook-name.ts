/** The name under a phone's token by which phones fetch the site's phonebook that have no name of their own for it. */
export const phonebookName = "phonebook.xml";
