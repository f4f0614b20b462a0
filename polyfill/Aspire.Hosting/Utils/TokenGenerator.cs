using System.Security.Cryptography;

namespace Aspire.Hosting.Utils;

internal static class TokenGenerator
{
    public static string Generate() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
