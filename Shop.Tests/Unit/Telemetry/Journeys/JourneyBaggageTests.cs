using OpenTelemetry;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Journeys;

namespace Shop.Tests.Unit.Telemetry.Journeys;

public sealed class JourneyBaggageTests
{
    static JourneyBaggageTests() =>
        JourneyKeys.Register(
            ShopJourneyKeys.ItemId, ShopJourneyKeys.CartItemCount, ShopJourneyKeys.SyntheticType, ShopJourneyKeys.ReleaseTrack);

    [Fact]
    public void Formatted_baggage_parses_to_the_same_values()
    {
        var baggage = Baggage.Create(new()
        {
            [JourneyKeys.SessionId] = "4bf92f35",
            [JourneyKeys.JourneyId] = "j-1",
            [JourneyKeys.RequestId] = "r-1",
            [JourneyKeys.UserSegment] = UserSegments.Returning,
            [JourneyKeys.PageFrom] = "/products/{sku}",
            [ShopJourneyKeys.CartItemCount.Name] = "3",
            [ShopJourneyKeys.ItemId.Name] = "mug-01",
            [JourneyKeys.Experiment] = "checkout-button",
            [JourneyKeys.ExperimentGroup] = "B",
            [JourneyKeys.CriticalRoute] = "checkout",
            [ShopJourneyKeys.SyntheticType.Name] = "test",
            [ShopJourneyKeys.ReleaseTrack.Name] = "baseline",
        });

        Assert.Equal(baggage, JourneyBaggage.Parse([JourneyBaggage.Format(baggage)]));
        Assert.Equal(JourneyKeys.Count, baggage.Count);
    }

    [Fact]
    public void Header_with_the_longest_values_is_shorter_than_1024_characters()
    {
        string[] ids =
        [
            JourneyKeys.SessionId, JourneyKeys.JourneyId, JourneyKeys.RequestId, JourneyKeys.Experiment, JourneyKeys.ExperimentGroup,
            ShopJourneyKeys.ItemId.Name,
        ];
        var values = ids.ToDictionary(name => name, _ => new string('x', 64));
        values[JourneyKeys.PageFrom] = "/" + new string('x', 127);
        values[JourneyKeys.UserSegment] = UserSegments.Returning;
        values[ShopJourneyKeys.CartItemCount.Name] = "999999";
        values[JourneyKeys.CriticalRoute] = new string('x', 32);
        values[ShopJourneyKeys.SyntheticType.Name] = "test";
        values[ShopJourneyKeys.ReleaseTrack.Name] = "baseline";

        var header = JourneyBaggage.Format(Baggage.Create(values))!;

        Assert.Equal(JourneyKeys.Count, header.Split(',').Length);
        Assert.True(header.Length < 1024, header);
    }

    [Theory]
    [InlineData("session.id=a%2Db", "a-b")]
    [InlineData(" session.id = a ; property=1 ; other", "a")]
    [InlineData("x=1,session.id=a,y=2", "a")]
    [InlineData("session.id=a,session.id=b", "b")]
    [InlineData("Session.Id=a", null)]
    [InlineData("session.id", null)]
    [InlineData("session.id=", null)]
    [InlineData("session.id=%", null)]
    [InlineData("session.id=a%20b", null)]
    [InlineData("session.id=a%0d%0ab", null)]
    [InlineData("session.id=<script>", null)]
    [InlineData("=a", null)]
    [InlineData(",,;;==", null)]
    public void Header_is_parsed_by_the_w3c_grammar_without_invalid_values(string header, string? session) =>
        Assert.Equal(session, JourneyBaggage.Parse([header]).GetBaggage(JourneyKeys.SessionId));

    [Fact]
    public void Too_long_value_is_left_out_and_not_truncated() =>
        Assert.Equal(0, JourneyBaggage.Parse([$"session.id={new string('a', 65)}"]).Count);

    [Fact]
    public void Members_beyond_the_limits_are_ignored()
    {
        Assert.Equal(0, JourneyBaggage.Parse([new string('x', 8200) + ",session.id=a"]).Count);
        Assert.Equal(0, JourneyBaggage.Parse([string.Concat(Enumerable.Repeat("x=1,", 64)) + "session.id=a"]).Count);
        Assert.Equal(1, JourneyBaggage.Parse(["shop.item.id=a", null, "session.id=" + new string('x', 9000)]).Count);
    }

    [Fact]
    public void Each_baggage_has_its_own_header()
    {
        var first = Baggage.Create(new() { [JourneyKeys.SessionId] = "a" });
        var second = first.SetBaggage(JourneyKeys.JourneyId, "b");

        Assert.Equal("session.id=a", JourneyBaggage.Format(first));
        Assert.Equal("session.id=a,shop.journey.id=b", JourneyBaggage.Format(second));
        Assert.Equal("session.id=a", JourneyBaggage.Format(first));
        Assert.Null(JourneyBaggage.Format(default));
    }

    [Fact]
    public void Parsed_baggage_does_not_change_when_another_header_is_parsed()
    {
        var first = JourneyBaggage.Parse("session.id=a");
        var second = JourneyBaggage.Parse("shop.journey.id=b");

        Assert.Equal(("a", null), (first.GetBaggage(JourneyKeys.SessionId), first.GetBaggage(JourneyKeys.JourneyId)));
        Assert.Equal((null, "b"), (second.GetBaggage(JourneyKeys.SessionId), second.GetBaggage(JourneyKeys.JourneyId)));
    }

    [Fact]
    public void Unregistered_keys_and_invalid_values_are_not_sent()
    {
        var baggage = Baggage.Create(new()
        {
            ["password"] = "secret",
            [JourneyKeys.SessionId] = "a",
            [ShopJourneyKeys.ItemId.Name] = "no such, item",
        });

        Assert.Equal("session.id=a", JourneyBaggage.Format(baggage));
    }

    [Fact]
    public void Baggage_without_registered_keys_has_no_header()
    {
        Assert.Null(JourneyBaggage.Format(default));
        Assert.Null(JourneyBaggage.Format(Baggage.Create(new() { ["unregistered"] = "1" })));
        Assert.Equal(0, JourneyBaggage.Parse([null]).Count);
    }

    [Fact]
    public void Random_headers_yield_only_registered_keys_with_valid_values()
    {
        const string Alphabet = "session.idshop.jrnyquestm_ct=,;%0123456789ABCDEFabcdef \t\r\n\"\\{}/<>\u00e4\0";
        var random = new Random(9);
        for (var i = 0; i < 20_000; i++)
        {
            var hostile = string.Concat(Enumerable.Range(0, random.Next(300)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (i % 2 == 0)
            {
                hostile = $"session.id={hostile},shop.page.from=/{hostile}";
            }

            foreach (var (name, value) in JourneyBaggage.Parse([hostile]))
            {
                Assert.True(JourneyKeys.IsValid(name, value), $"{name}={value}");
            }
        }
    }
}
