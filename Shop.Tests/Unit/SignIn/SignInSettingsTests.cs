using Shop.Identity.Provider;
//#if (storefront)
using Shop.Storefront.SignIn;
//#endif

namespace Shop.Tests.Unit.SignIn;

public class SignInSettingsTests
{
    private static readonly string _secret = new('s', 32);

    [Theory]
    [InlineData("", "Issuer")]
    [InlineData("https://shop.example.com/", "Issuer")]
    [InlineData("https://shop.example.com/sso?x=1", "Issuer")]
    [InlineData("ftp://shop.example.com/sso", "Issuer")]
    public void Issuer_is_the_address_of_the_sign_in(string issuer, string setting) =>
        AssertFails(setting, new ProviderOptions { Issuer = issuer, SigningKey = _secret, StorefrontSecret = _secret });

    [Fact]
    public void Secrets_of_the_provider_have_32_characters()
    {
        var valid = new ProviderOptions { Issuer = "https://shop.example.com/sso", SigningKey = _secret, StorefrontSecret = _secret };
        Assert.True(new ProviderOptionsValidator().Validate(null, valid).Succeeded);

        AssertFails("SigningKey", new() { Issuer = valid.Issuer, SigningKey = "short", StorefrontSecret = _secret });
        AssertFails("StorefrontSecret", new() { Issuer = valid.Issuer, SigningKey = _secret, StorefrontSecret = "" });
        valid.ToolsSecret = "short";
        AssertFails("ToolsSecret", valid);
    }

    [Fact]
    public void Lifetime_and_limit_of_the_provider_are_in_range()
    {
        var options = new ProviderOptions { Issuer = "https://shop.example.com/sso", SigningKey = _secret, StorefrontSecret = _secret };
        options.AccessTokenLifetime = TimeSpan.FromSeconds(1);
        AssertFails("AccessTokenLifetime", options);
        options.AccessTokenLifetime = TimeSpan.FromMinutes(15);
        options.AttemptsPerMinute = 0;
        AssertFails("AttemptsPerMinute", options);
    }

    //#if (storefront)
    [Theory]
    [InlineData("not an address", "secret", true, "Authority")]
    [InlineData("https://login.example.com", null, true, "SignIn:ClientSecret")]
    [InlineData("https://login.example.com", "secret", false, "SignIn:CartKey")]
    public void Sign_in_needs_an_address_and_secrets(string authority, string? secret, bool hasCartKey, string setting)
    {
        var result = new SignInOptionsValidator().Validate(
            null, new() { Authority = authority, ClientSecret = secret, CartKey = hasCartKey ? _secret : null });

        Assert.Contains(setting, Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public void Service_starts_without_a_provider() => Assert.True(new SignInOptionsValidator().Validate(null, new()).Succeeded);

    //#endif
    private static void AssertFails(string setting, ProviderOptions options) =>
        Assert.Contains(setting, Assert.Single(new ProviderOptionsValidator().Validate(null, options).Failures!), StringComparison.Ordinal);
}
