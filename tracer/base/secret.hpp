// What must not get into a log because it may be a secret. A log is passed around; whoever can read one must not be able to
// act as who recorded it.
//
// By name: TOKEN, SECRET, PASSWORD, KEY, CREDENTIAL and their like, anywhere in it, and PW, PIN, OTP, LOGIN as its last word. By
// value: the beginnings that services give to their tokens, a user in a URL, a private key, and words that look drawn at random:
// 24 letters and digits or more whose kind (upper, lower, digit) changes at nearly every other place, and 32 hexadecimal
// digits or more. By what stands before it: NAME=VALUE with a name as above (-DAPI_TOKEN=..., --password=...), the word
// behind such an option or header, and the password behind -u or --user. This is a guess, and errs on the side of the secret:
// a harmless value that is lost costs less.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recount {

bool is_secret_name(std::string_view name);
bool looks_secret(std::string_view value);  // something in it does

// The words of a command line, with *** in the place of each secret.
std::vector<std::string> masked(const std::vector<std::string>& words);

// A URL without the user and password in it; any other text as it is.
std::string without_user(const std::string& url);

}  // namespace recount
