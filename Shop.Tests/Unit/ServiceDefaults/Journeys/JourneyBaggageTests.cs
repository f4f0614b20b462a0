using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Tests.Unit.ServiceDefaults.Journeys;

public sealed class JourneyBaggageTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        var baggage = Baggage.Create(new()
        {
            [JourneyKeys.SessionId] = "4bf92f35",
            [JourneyKeys.JourneyId] = "j-1",
            [JourneyKeys.RequestId] = "r-1",
            [JourneyKeys.UserSegment] = UserSegments.Returning,
            [JourneyKeys.PageFrom] = "/products/{sku}",
            [JourneyKeys.CartItemCount] = "3",
            [JourneyKeys.ItemId] = "mug-01",
            [JourneyKeys.Source] = "detail_page_button",
            [JourneyKeys.Experiment] = "checkout-button",
            [JourneyKeys.ExperimentGroup] = "B",
            [JourneyKeys.CriticalRoute] = "checkout",
        });

        Assert.Equal(baggage, JourneyBaggage.Parse([JourneyBaggage.Format(baggage)]));
        Assert.Equal(JourneyKeys.Count, baggage.Count);
    }

    [Fact]
    public void All_values_at_their_longest_stay_far_below_what_everybody_must_carry()
    {
        var names = new[] { JourneyKeys.SessionId, JourneyKeys.JourneyId, JourneyKeys.RequestId, JourneyKeys.ItemId, JourneyKeys.Source, JourneyKeys.Experiment, JourneyKeys.ExperimentGroup };
        var longest = names.ToDictionary(name => name, _ => new string('x', 64));
        longest[JourneyKeys.PageFrom] = "/" + new string('x', 127);
        longest[JourneyKeys.UserSegment] = UserSegments.Returning;
        longest[JourneyKeys.CartItemCount] = "999999";
        longest[JourneyKeys.CriticalRoute] = new string('x', 32);

        var header = JourneyBaggage.Format(Baggage.Create(longest))!;

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
    public void A_header_is_read_as_the_standard_has_it_and_what_may_not_travel_is_left_out(string header, string? session) =>
        Assert.Equal(session, JourneyBaggage.Parse([header]).GetBaggage(JourneyKeys.SessionId));

    [Fact]
    public void A_value_that_is_too_long_is_left_out_and_not_cut() =>
        Assert.Equal(0, JourneyBaggage.Parse([$"session.id={new string('a', 65)}"]).Count);

    [Fact]
    public void What_is_beyond_the_limits_is_not_looked_at()
    {
        Assert.Equal(0, JourneyBaggage.Parse([new string('x', 8200) + ",session.id=a"]).Count);
        Assert.Equal(0, JourneyBaggage.Parse([string.Concat(Enumerable.Repeat("x=1,", 64)) + "session.id=a"]).Count);
        Assert.Equal(1, JourneyBaggage.Parse(["shop.item.id=a", null, "session.id=" + new string('x', 9000)]).Count);
    }

    [Fact]
    public void Strangers_in_the_baggage_are_not_sent_on() =>
        Assert.Equal("session.id=a", JourneyBaggage.Format(Baggage.Create(new() { ["password"] = "secret", [JourneyKeys.SessionId] = "a", [JourneyKeys.ItemId] = "no such, item" })));

    [Fact]
    public void Nothing_to_tell_is_no_header()
    {
        Assert.Null(JourneyBaggage.Format(default));
        Assert.Null(JourneyBaggage.Format(Baggage.Create(new() { ["stranger"] = "1" })));
        Assert.Equal(0, JourneyBaggage.Parse(null).Count);
    }

    [Fact]
    public void Whatever_comes_in_only_what_is_allowed_comes_out()
    {
        const string Alphabet = "session.idshop.jrnyquestm_ct=,;%0123456789ABCDEFabcdef \t\r\n\"\\{}/<>\u00e4\0";
        var random = new Random(9);
        for (var i = 0; i < 20_000; i++)
        {
            var hostile = string.Concat(Enumerable.Range(0, random.Next(300)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (i % 2 == 0)
                hostile = $"session.id={hostile},shop.page.from=/{hostile}";

            foreach (var (name, value) in JourneyBaggage.Parse([hostile]))
                Assert.True(JourneyKeys.IsValid(name, value), $"{name}={value}");
        }
    }
}
