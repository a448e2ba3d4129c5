# Completion of demarc in bash: demarc itself knows what may follow (commands.def).
_demarc() {
  local IFS=$'\n'
  COMPREPLY=($("${COMP_WORDS[0]}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _demarc demarc
