#include "scan/retold.h"

#include "killer/claim.h"

/* Of so many findings on either side, for a log full of kills at one time. */
#define COMPARED_MAX 1024

static bool have_same_owner(const struct sighting *a, const struct sighting *b)
{
        for (size_t i = 0; i < SIGHTING_OWNERS; i++)
                for (size_t j = 0; j < SIGHTING_OWNERS; j++)
                        if (a->owners[i] && a->owners[i] == b->owners[j])
                                return true;
        return false;
}

static bool has_owner(const struct sighting *sighting)
{
        for (size_t i = 0; i < SIGHTING_OWNERS; i++)
                if (sighting->owners[i])
                        return true;
        return false;
}

/* Is it a kill by whom the word is about? */
static bool is_by_killer(const struct sighting *kill, const struct sighting *word)
{
        if (word->killer == KILLER_UNKNOWN)
                return kill->type == ALERT_OOM_KILL;
        return kill->type == ALERT_USER_KILL && !kill->is_retelling && kill->killer == word->killer;
}

static bool tells_of(const struct sighting *word, const struct sighting *kill)
{
        bool have_times = word->time.usec != LOG_UNKNOWN && kill->time.usec != LOG_UNKNOWN;
        int64_t since = have_times ? word->time.usec - kill->time.usec : 0;

        if (!is_by_killer(kill, word) || (word->host && kill->host && word->host != kill->host) ||
            since < -RETOLD_BEFORE_USEC || since > RETOLD_AFTER_USEC)
                return false;
        if (word->pid != OOM_UNKNOWN)
                return word->pid == kill->pid;
        return have_same_owner(word, kill) || (!has_owner(kill) && since <= RETOLD_UNNAMED_USEC);
}

static bool is_told(const struct store *store, const uint32_t *order, size_t at)
{
        const struct sighting *word = store->findings[order[at]].sighting;

        for (size_t i = 0; i < COMPARED_MAX && i < at; i++)
                if (tells_of(word, store->findings[order[at - 1 - i]].sighting))
                        return true;
        for (size_t i = at + 1; i < store->n_findings && i - at <= COMPARED_MAX; i++)
                if (tells_of(word, store->findings[order[i]].sighting))
                        return true;
        return false;
}

void retold_mark(struct store *store, const uint32_t *order)
{
        for (size_t i = 0; i < store->n_findings; i++) {
                struct stored_finding *finding = &store->findings[order[i]];

                if (finding->sighting->type == ALERT_USER_KILL && finding->sighting->is_retelling)
                        finding->sighting->is_told = is_told(store, order, i);
        }
}
