/** Our CNAME, as long as the mirror's: its reports then fit into the room of ours. */
export const sourceName = "offhook-source";
