# cmake -DINPUT=FILE -DOUTPUT=FILE -DHEADER=NAME -DCONSTANT=NAME -P embed_text.cmake
#
# Writes a C++ source that defines CONSTANT, declared in HEADER, as the text of INPUT.
file(READ "${INPUT}" text)
string(FIND "${text}" ")text\"" clash)
if(NOT clash EQUAL -1)
  message(FATAL_ERROR "${INPUT} holds the end mark of the literal that it is put into")
endif()
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"

namespace ringcast {

const std::string_view ${CONSTANT} = R\"text(${text})text\";

}  // namespace ringcast
")
