using Shop.Contracts.Journeys;
using Shop.Telemetry.Journeys;

namespace Shop.Tests.Unit.Telemetry.Journeys;

/// <summary>The registry is process-wide, so these tests leave no other keys in it than those of the shop.</summary>
public sealed class JourneyKeysTests
{
    [Fact]
    public void Registered_key_is_found_by_its_name()
    {
        JourneyKeys.Register(ShopJourneyKeys.ItemId);

        Assert.Same(ShopJourneyKeys.ItemId, JourneyKeys.Find("shop.item.id"));
        Assert.True(JourneyKeys.IsValid("shop.item.id", "mug-01"));
        Assert.Null(JourneyKeys.Find("unregistered"));
        Assert.False(JourneyKeys.IsValid("unregistered", "mug-01"));
    }

    [Fact]
    public void Same_definition_can_be_registered_again()
    {
        JourneyKeys.Register(ShopJourneyKeys.ItemId, ShopJourneyKeys.CartItemCount);
        var count = JourneyKeys.Count;

        JourneyKeys.Register(ShopJourneyKeys.ItemId, new JourneyKey("shop.item.id", 64), new JourneyKey(JourneyKeys.SessionId, 64));

        Assert.Equal(count, JourneyKeys.Count);
        Assert.Same(ShopJourneyKeys.ItemId, JourneyKeys.Find("shop.item.id"));
    }

    public static TheoryData<JourneyKey> ConflictingKeys =>
    [
        new JourneyKey("shop.item.id", 63),
        new JourneyKey("shop.item.id", 64, isNumber: true),
        new JourneyKey("shop.item.id", 64, static value => value.Length == 6),
        new JourneyKey(JourneyKeys.SessionId, 32),
    ];

    [Theory]
    [MemberData(nameof(ConflictingKeys))]
    public void Conflicting_definition_is_rejected(JourneyKey key)
    {
        JourneyKeys.Register(ShopJourneyKeys.ItemId);

        var exception = Assert.Throws<InvalidOperationException>(() => JourneyKeys.Register(key));
        Assert.Contains($"'{key.Name}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_exceed_the_length_of_the_baggage_are_rejected()
    {
        var keys = Enumerable.Range(0, 4).Select(number => new JourneyKey($"test.key_{number}", 128)).ToArray();

        Assert.Throws<InvalidOperationException>(() => JourneyKeys.Register(keys));
        Assert.Null(JourneyKeys.Find("test.key_0"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Shop.Item")]
    [InlineData("shop item")]
    [InlineData("shop,item")]
    [InlineData("shop=item")]
    public void Invalid_key_name_is_rejected(string name) => Assert.Throws<ArgumentException>(() => new JourneyKey(name, 64));

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    public void Maximum_length_out_of_range_is_rejected(int maxLength) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new JourneyKey("test.key", maxLength));

    [Theory]
    [InlineData("a-b_c.d:E9", true)]
    [InlineData("/path", false)]
    [InlineData("a b", false)]
    [InlineData("", false)]
    [InlineData("12345678901", false)]
    public void Value_without_a_validator_is_an_identifier(string value, bool isValid) =>
        Assert.Equal(isValid, new JourneyKey("test.key", 10).IsValid(value));

    [Theory]
    [InlineData("/a", true)]
    [InlineData("a", false)]
    [InlineData("/a,b", false)]
    [InlineData("/a%2C", false)]
    [InlineData("/\u00e4", false)]
    public void Validator_cannot_allow_characters_that_need_encoding(string value, bool isValid) =>
        Assert.Equal(isValid, new JourneyKey("test.key", 10, static value => value.StartsWith('/')).IsValid(value));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("127", 127)]
    [InlineData("128", 128)]
    [InlineData("99999999999", "99999999999")]
    public void Number_becomes_a_numeric_attribute(string value, object attribute)
    {
        var key = new JourneyKey("test.key", 11, isNumber: true);

        Assert.True(key.IsValid(value));
        Assert.Equal(attribute, key.ToAttribute(value));
        Assert.False(key.IsValid("-1"));
    }
}
