using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.GenerateParameterDefault</c>.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    // As in the real one: no letters that are easily confused, no characters that connection strings or shells give a meaning to.
    private const string LowerCharacters = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperCharacters = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string NumericCharacters = "0123456789";
    private const string SpecialCharacters = "-_.{}~()*+!";

    public int MinLength { get; set; } = 22;

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public int MinLower { get; set; }

    public int MinUpper { get; set; }

    public int MinNumeric { get; set; }

    public int MinSpecial { get; set; }

    public override string GetDefaultValue()
    {
        (bool Use, int Minimum, string Characters)[] kinds =
        [
            (Lower, MinLower, LowerCharacters),
            (Upper, MinUpper, UpperCharacters),
            (Numeric, MinNumeric, NumericCharacters),
            (Special, MinSpecial, SpecialCharacters),
        ];
        var used = kinds.Where(k => k.Use).ToArray();
        if (used.Length == 0)
        {
            throw new ArgumentException("At least one character type must be enabled.");
        }

        var password = new List<char>();
        foreach (var (_, minimum, characters) in used)
        {
            password.AddRange(RandomNumberGenerator.GetItems<char>(characters, minimum));
        }

        var all = string.Concat(used.Select(k => k.Characters));
        password.AddRange(RandomNumberGenerator.GetItems<char>(all, Math.Max(0, MinLength - password.Count)));

        var shuffled = password.ToArray();
        RandomNumberGenerator.Shuffle(shuffled.AsSpan());

        return new string(shuffled);
    }
}
